// Material UI's own widgets, as its documentation shows them. `window.held` is what the application holds: the oracle.
import React, {useState} from 'react';
import {createRoot} from 'react-dom/client';
import {
  Autocomplete, Button, Checkbox, Chip, FormControl, FormControlLabel, FormLabel, InputLabel, MenuItem, OutlinedInput,
  Radio, RadioGroup, Rating, Select, Slider, Stack, Switch, TextField, ToggleButton, ToggleButtonGroup,
} from '@mui/material';
import {LocalizationProvider} from '@mui/x-date-pickers/LocalizationProvider';
import {AdapterDayjs} from '@mui/x-date-pickers/AdapterDayjs';
import {DatePicker} from '@mui/x-date-pickers/DatePicker';

window.held = {};
const useHeld = (name, first) => {
  const [value, set] = useState(first);
  window.held[name] = value;
  return [value, set];
};
const BRANDS = ['Zara', 'Zara Home', 'Nike', 'Nike ACG', 'Levi\'s', 'Mango', 'Massimo Dutti', 'H&M'];
const COLORS = ['Red', 'Blue', 'Dark blue', 'Green', 'Pink'];

function Form() {
  const [title, setTitle] = useHeld('title', '');
  const [description, setDescription] = useHeld('description', '');
  const [price, setPrice] = useHeld('price', '');
  const [original, setOriginal] = useHeld('original', '');
  const [condition, setCondition] = useHeld('condition', '');
  const [size, setSize] = useHeld('size', '');
  const [colors, setColors] = useHeld('colors', []);
  const [brand, setBrand] = useHeld('brand', null);
  const [material, setMaterial] = useHeld('material', null);
  const [tags, setTags] = useHeld('tags', []);
  const [styles, setStyles] = useHeld('styles', []);
  const [offers, setOffers] = useHeld('offers', false);
  const [free, setFree] = useHeld('free', false);
  const [shipping, setShipping] = useHeld('shipping', '');
  const [gender, setGender] = useHeld('gender', null);
  const [date, setDate] = useHeld('date', null);
  const [weight, setWeight] = useHeld('weight', 30);
  const [photos, setPhotos] = useHeld('photos', []);
  window.held.date = date && date.isValid() ? date.format('YYYY-MM-DD') : null;
  return (
    <LocalizationProvider dateAdapter={AdapterDayjs}>
      <Stack spacing={3} sx={{width: 560, m: 4}} component="form" onSubmit={e => { e.preventDefault(); window.sent = 1; }}>
        <TextField label="Title" value={title} onChange={e => setTitle(e.target.value)} required/>
        <TextField label="Description" multiline minRows={3} value={description} onChange={e => setDescription(e.target.value)}/>
        <Stack direction="row" spacing={2}>
          <TextField label="Original price" value={original} onChange={e => setOriginal(e.target.value)}/>
          <TextField label="Price" value={price} onChange={e => setPrice(e.target.value.replace(/[^0-9.]/g, ''))} helperText="Buyers see this"/>
        </Stack>
        <FormControl fullWidth>
          <InputLabel id="condition-label">Condition</InputLabel>
          <Select labelId="condition-label" label="Condition" value={condition} onChange={e => setCondition(e.target.value)}>
            <MenuItem value="nwt">New with tags</MenuItem><MenuItem value="new">New</MenuItem><MenuItem value="good">Good</MenuItem>
          </Select>
        </FormControl>
        <FormControl fullWidth>
          <InputLabel htmlFor="native-size">Size</InputLabel>
          <Select native label="Size" value={size} onChange={e => setSize(e.target.value)} inputProps={{id: 'native-size'}}>
            <option value=""/><option>S</option><option>M</option><option>M/L</option><option>L</option>
          </Select>
        </FormControl>
        <FormControl fullWidth>
          <InputLabel id="colors-label">Colors</InputLabel>
          <Select labelId="colors-label" multiple value={colors} onChange={e => setColors(e.target.value)} input={<OutlinedInput label="Colors"/>}
            renderValue={all => <Stack direction="row" spacing={1}>{all.map(one => <Chip key={one} label={one}/>)}</Stack>}>
            {COLORS.map(one => <MenuItem key={one} value={one}>{one}</MenuItem>)}
          </Select>
        </FormControl>
        <Autocomplete options={BRANDS} value={brand} onChange={(_, one) => setBrand(one)} renderInput={p => <TextField {...p} label="Brand"/>}/>
        <Autocomplete freeSolo options={['Cotton', 'Silk']} inputValue={material || ''} onInputChange={(_, one) => setMaterial(one)} renderInput={p => <TextField {...p} label="Material"/>}/>
        <Autocomplete multiple freeSolo options={[]} value={tags} onChange={(_, all) => setTags(all)} renderInput={p => <TextField {...p} label="Tags" placeholder="Add a tag"/>}/>
        <Autocomplete multiple options={['Casual', 'Boho', 'Vintage', 'Vintage sport']} value={styles} onChange={(_, all) => setStyles(all)} renderInput={p => <TextField {...p} label="Style"/>}/>
        <FormControlLabel label="Accept offers" control={<Checkbox checked={offers} onChange={e => setOffers(e.target.checked)}/>}/>
        <FormControlLabel label="Free shipping" control={<Switch checked={free} onChange={e => setFree(e.target.checked)}/>}/>
        <FormControl>
          <FormLabel id="ship">Shipping method</FormLabel>
          <RadioGroup row aria-labelledby="ship" value={shipping} onChange={e => setShipping(e.target.value)}>
            <FormControlLabel value="std" label="Standard" control={<Radio/>}/><FormControlLabel value="exp" label="Express" control={<Radio/>}/>
          </RadioGroup>
        </FormControl>
        <div>
          <FormLabel>Department</FormLabel><br/>
          <ToggleButtonGroup exclusive aria-label="Department" value={gender} onChange={(_, one) => setGender(one)}>
            <ToggleButton value="women">Women</ToggleButton><ToggleButton value="men">Men</ToggleButton><ToggleButton value="kids">Kids</ToggleButton>
          </ToggleButtonGroup>
        </div>
        <DatePicker label="Available from" value={date} onChange={setDate}/>
        <div><FormLabel id="w">Weight</FormLabel><Slider aria-labelledby="w" value={weight} min={0} max={100} onChange={(_, one) => setWeight(one)}/></div>
        <Button component="label" variant="contained">Upload photos
          <input type="file" multiple accept="image/*" hidden onChange={e => setPhotos([...e.target.files].map(f => f.name))}/>
        </Button>
        <ul>{photos.map(one => <li key={one}>{one}</li>)}</ul>
        <TextField label="Search help" type="search"/>
        <Button type="submit" variant="contained">Publish listing</Button>
      </Stack>
    </LocalizationProvider>
  );
}
createRoot(document.getElementById('root')).render(<Form/>);
