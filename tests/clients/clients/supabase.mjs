// supabase-js: rows, the number of rows, another schema, files, and a readable error of a login.
// https://supabase.com/docs/reference/javascript/introduction

export const policy = "Supabase";
export const preset = "supabase";

export function serve({ read, json }) {
  return {
    async respond(request, response) {
      await read(request);
      // The client repeats a failed request.
      if (request.url.includes("retry") && !request.headers["x-retry-count"])
        return json(response, {}, { status: 503 });
      if (request.url.startsWith("/auth"))
        return json(response, { error_code: "invalid_credentials" }, { status: 400 });
      json(response, request.url.startsWith("/storage") ? { Key: "a", Id: "1" } : [{ id: 1 }], {
        "content-range": "0-0/7",
      });
    },
  };
}

export async function page({ check, equal, API }) {
  const { createClient } = await import("@supabase/supabase-js");
  const database = createClient(API, "key", { auth: { persistSession: false } });
  const pets = database.from("pets");
  const success = async (call) => {
    const { error, ...result } = await call;
    if (error) throw new Error(error.message);
    return result;
  };
  await check("select", async () => equal((await success(pets.select())).data.length, 1));
  await check("repeated request", () => success(database.from("retry").select()));
  await check("insert", () => success(pets.insert({ a: 1 }).select()));
  await check("update", () => success(pets.update({ a: 1 }).eq("id", 1)));
  await check("upsert", () => success(pets.upsert({ id: 1 })));
  await check("delete", () => success(pets.delete().eq("id", 1)));
  await check("number of rows", async () =>
    equal((await success(pets.select("*", { count: "exact", head: true }))).count, 7),
  );
  await check("another schema", () => success(database.schema("other").from("pets").select()));
  await check("insert into another schema", () => success(database.schema("other").from("pets").insert({ a: 1 })));
  await check("file", () => success(database.storage.from("files").upload("a.txt", new Blob(["a"]), { upsert: true })));
  await check("update of a file", () => success(database.storage.from("files").update("a.txt", "a")));
  await check("readable error", async () => {
    const { error } = await database.auth.signInWithPassword({ email: "a@b.example", password: "c" });
    return equal(error.code, "invalid_credentials");
  });
}
