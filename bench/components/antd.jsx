// Ant Design's own widgets, as its documentation shows them. `window.held` is what the application holds: the oracle.
import React from 'react';
import {createRoot} from 'react-dom/client';
import {
  AutoComplete, Button, Cascader, Checkbox, ColorPicker, DatePicker, Form, Input, InputNumber, Radio, Segmented, Select, Slider, Switch,
  TreeSelect, Upload,
} from 'antd';

const TREE = [
  {value: 'women', label: 'Women', children: [
    {value: 'dresses', label: 'Dresses', children: [{value: 'midi', label: 'Midi'}, {value: 'mini', label: 'Mini'}]},
    {value: 'tops', label: 'Tops', children: [{value: 'blouses', label: 'Blouses'}]}]},
  {value: 'men', label: 'Men', children: [{value: 'shirts', label: 'Shirts', children: [{value: 'midi', label: 'Midi'}]}]},
];
const MANY = Array.from({length: 200}, (_, i) => ({value: `b${i}`, label: `Brand ${i}`}));
window.held = {};

function Page() {
  const [form] = Form.useForm();
  window.form = form;
  const keep = (_, all) => {
    window.held = {...all, date: all.date ? all.date.format('YYYY-MM-DD') : null,
      photos: ((all.photos || {}).fileList || all.photos || []).map(f => f.name)};
  };
  return (
    <Form form={form} layout="vertical" style={{width: 560, margin: 30}} onValuesChange={keep} onFinish={() => { window.sent = 1; }}>
      <Form.Item name="title" label="Title" rules={[{required: true}]}><Input maxLength={80} showCount/></Form.Item>
      <Form.Item name="description" label="Description"><Input.TextArea rows={3}/></Form.Item>
      <Form.Item name="price" label="Price"><InputNumber prefix="$" min={1} style={{width: '100%'}}/></Form.Item>
      <Form.Item name="original" label="Original price"><InputNumber prefix="$" style={{width: '100%'}}/></Form.Item>
      <Form.Item name="condition" label="Condition"><Select options={['New with tags', 'New', 'Good', 'Fair'].map(one => ({value: one.toLowerCase(), label: one}))}/></Form.Item>
      <Form.Item name="brand" label="Brand"><Select showSearch optionFilterProp="label" options={MANY} placeholder="Select a brand"/></Form.Item>
      <Form.Item name="material" label="Material"><AutoComplete options={[{value: 'Cotton'}, {value: 'Silk'}, {value: 'Silk blend'}]}/></Form.Item>
      <Form.Item name="colors" label="Colors"><Select mode="multiple" options={['Red', 'Blue', 'Dark blue', 'Green'].map(one => ({value: one, label: one}))}/></Form.Item>
      <Form.Item name="tags" label="Tags"><Select mode="tags" placeholder="Add tags" open={false}/></Form.Item>
      <Form.Item name="category" label="Category"><Cascader options={TREE} placeholder="Please select"/></Form.Item>
      <Form.Item name="place" label="Department"><TreeSelect treeDefaultExpandAll treeData={[{value: 'a', title: 'Apparel', children: [{value: 's', title: 'Shoes'}, {value: 'd', title: 'Dresses'}]}]}/></Form.Item>
      <Form.Item name="offers" valuePropName="checked"><Checkbox>Accept offers</Checkbox></Form.Item>
      <Form.Item name="free" label="Free shipping" valuePropName="checked"><Switch/></Form.Item>
      <Form.Item name="shipping" label="Shipping method"><Radio.Group><Radio value="std">Standard</Radio><Radio value="exp">Express</Radio></Radio.Group></Form.Item>
      <Form.Item name="size" label="Size"><Radio.Group optionType="button" options={['S', 'M', 'M/L', 'L']}/></Form.Item>
      <Form.Item name="season" label="Season"><Segmented options={['Any', 'Summer', 'Winter']}/></Form.Item>
      <Form.Item name="care" label="Care"><Checkbox.Group options={['Hand wash', 'Dry clean', 'Machine wash']}/></Form.Item>
      <Form.Item name="date" label="Available from"><DatePicker/></Form.Item>
      <Form.Item name="weight" label="Weight" initialValue={30}><Slider/></Form.Item>
      <Form.Item name="photos" label="Photos"><Upload multiple listType="picture" beforeUpload={() => false}><Button>Click to upload</Button></Upload></Form.Item>
      <Button htmlType="submit" type="primary">Publish listing</Button>
    </Form>
  );
}
createRoot(document.getElementById('root')).render(<Page/>);
