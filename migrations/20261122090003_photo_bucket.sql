-- Photos in Supabase Storage: a private bucket, a folder per user. Only where there is a storage: a bare Postgres has none.
do $$
begin
  if to_regclass('storage.buckets') is null or to_regclass('storage.objects') is null then
    return;
  end if;
  insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
  values ('listing-photos', 'listing-photos', false, 26214400, array['image/jpeg'])
  on conflict (id) do update set public = false;
  begin
    -- Sellers read their own folder. They write through the API, which takes the metadata out of every photo.
    execute $policy$
      create policy "listing photos: own folder" on storage.objects for select to authenticated
      using (bucket_id = 'listing-photos' and (storage.foldername(name))[1] = (select auth.uid())::text)
    $policy$;
  exception
    when duplicate_object then null;
    when insufficient_privilege then
      raise warning 'storage.objects belongs to another role: sellers see their photos through the API only.';
  end;
end $$;
