// "find": asks where a place is and moves the pin there.
document.getElementById("search_button").addEventListener("click", async () => {
  const value = (id) => document.getElementById(id).value;
  const answer = await fetch(`/geocode?postal=${encodeURIComponent(value("postal"))}&AreaID=${value("AreaID")}`);
  document.getElementById("not_found").hidden = answer.ok;
  if (!answer.ok) return;
  const { lat, lng } = await answer.json();
  for (const [id, number] of [["lat", lat], ["lng", lng], ["geocoder_latitude", lat], ["geocoder_longitude", lng]]) {
    document.getElementById(id).value = number;
  }
});
