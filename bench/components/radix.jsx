// Radix primitives' own widgets, as its documentation shows them. `window.held` is what the application holds: the oracle.
import React, {useState} from 'react';
import {createRoot} from 'react-dom/client';
import {Checkbox, Dialog, DropdownMenu, Label, RadioGroup, Select, Slider, Switch, Tabs, ToggleGroup} from 'radix-ui';

window.held = {};
const useHeld = (name, first) => {
  const [value, set] = useState(first);
  window.held[name] = value;
  return [value, set];
};
const Row = ({label, id, children}) => <div style={{margin: '14px 0'}}><Label.Root htmlFor={id} id={`${id}-label`} style={{display: 'block'}}>{label}</Label.Root>{children}</div>;
const box = {background: '#fff', border: '1px solid #888', padding: 6};

function Pick({id, label, name, options}) {
  const [value, set] = useHeld(name, '');
  return (
    <Row label={label} id={id}>
      <Select.Root value={value} onValueChange={set}>
        <Select.Trigger id={id}><Select.Value placeholder={`Select ${label.toLowerCase()}…`}/></Select.Trigger>
        <Select.Portal><Select.Content style={box} position="popper"><Select.Viewport>
          {options.map(one => <Select.Item key={one} value={one.toLowerCase()}><Select.ItemText>{one}</Select.ItemText></Select.Item>)}
        </Select.Viewport></Select.Content></Select.Portal>
      </Select.Root>
    </Row>
  );
}

function Form() {
  const [title, setTitle] = useHeld('title', '');
  const [offers, setOffers] = useHeld('offers', false);
  const [free, setFree] = useHeld('free', false);
  const [size, setSize] = useHeld('size', '');
  const [shipping, setShipping] = useHeld('shipping', '');
  const [weight, setWeight] = useHeld('weight', [30]);
  const [color, setColor] = useHeld('color', '');
  const [price, setPrice] = useHeld('price', '');
  const [draft, setDraft] = useState('');
  const [open, setOpen] = useState(false);
  const [sku, setSku] = useHeld('sku', '');
  return (
    <form style={{width: 480, margin: 30}} onSubmit={e => { e.preventDefault(); window.sent = 1; }}>
      <Row label="Title" id="t"><input id="t" value={title} onChange={e => setTitle(e.target.value)}/></Row>
      <Pick id="c" label="Condition" name="condition" options={['New with tags', 'New', 'Good']}/>
      <Pick id="b" label="Brand" name="brand" options={['Zara', 'Zara Home', 'Nike']}/>
      <div><Checkbox.Root id="o" checked={offers} onCheckedChange={setOffers}><Checkbox.Indicator>✓</Checkbox.Indicator></Checkbox.Root><label htmlFor="o">Accept offers</label></div>
      <Row label="Free shipping" id="f"><Switch.Root id="f" checked={free} onCheckedChange={setFree} style={{width: 40, height: 20}}><Switch.Thumb/></Switch.Root></Row>
      <Row label="Size" id="s"><ToggleGroup.Root type="single" aria-labelledby="s-label" value={size} onValueChange={setSize}>
        {['S', 'M', 'M/L', 'L'].map(one => <ToggleGroup.Item key={one} value={one}>{one}</ToggleGroup.Item>)}
      </ToggleGroup.Root></Row>
      <Row label="Shipping method" id="r"><RadioGroup.Root aria-labelledby="r-label" value={shipping} onValueChange={setShipping}>
        {['Standard', 'Express'].map(one => <div key={one}><RadioGroup.Item value={one} id={one}><RadioGroup.Indicator>•</RadioGroup.Indicator></RadioGroup.Item><label htmlFor={one}>{one}</label></div>)}
      </RadioGroup.Root></Row>
      <Row label="Weight" id="w"><Slider.Root value={weight} onValueChange={setWeight} max={100} style={{position: 'relative', display: 'flex', width: 200, height: 20}}>
        <Slider.Track style={{background: '#ccc', flexGrow: 1, height: 4}}><Slider.Range/></Slider.Track><Slider.Thumb aria-label="Weight" style={{display: 'block', width: 16, height: 16, background: '#333'}}/>
      </Slider.Root></Row>
      <Row label="Color" id="m"><DropdownMenu.Root><DropdownMenu.Trigger id="m">{color || 'Choose a color'}</DropdownMenu.Trigger>
        <DropdownMenu.Portal><DropdownMenu.Content style={box}><DropdownMenu.RadioGroup value={color} onValueChange={setColor}>
          {['Red', 'Blue', 'Dark blue'].map(one => <DropdownMenu.RadioItem key={one} value={one}>{one}</DropdownMenu.RadioItem>)}
        </DropdownMenu.RadioGroup></DropdownMenu.Content></DropdownMenu.Portal></DropdownMenu.Root></Row>
      <Dialog.Root open={open} onOpenChange={setOpen}><Dialog.Trigger>Set price</Dialog.Trigger>
        <span>{price ? `$${price}` : ''}</span>
        <Dialog.Portal><Dialog.Overlay style={{position: 'fixed', inset: 0, background: '#0008'}}/><Dialog.Content aria-describedby={undefined} style={{...box, position: 'fixed', top: 100, left: 100}}>
          <Dialog.Title>Price</Dialog.Title>
          <label>Price <input value={draft} onChange={e => setDraft(e.target.value)}/></label>
          <button type="button" onClick={() => { setPrice(draft); setOpen(false); }}>Done</button><Dialog.Close>Cancel</Dialog.Close>
        </Dialog.Content></Dialog.Portal>
      </Dialog.Root>
      <Tabs.Root defaultValue="one"><Tabs.List><Tabs.Trigger value="one">Basics</Tabs.Trigger><Tabs.Trigger value="two">Private</Tabs.Trigger></Tabs.List>
        <Tabs.Content value="one">Nothing more to say.</Tabs.Content>
        <Tabs.Content value="two"><label>SKU <input value={sku} onChange={e => setSku(e.target.value)}/></label></Tabs.Content></Tabs.Root>
      <button type="submit">Publish</button>
    </form>
  );
}
createRoot(document.getElementById('root')).render(<Form/>);
