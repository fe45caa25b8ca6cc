// Adds jobs as the seller's web app does: npm's own bullmq. Arguments: socket, queue; jobs as JSON on standard input.
import { readFileSync } from "node:fs";
import { Queue } from "bullmq";
import { Redis } from "ioredis";

const [socket, name] = process.argv.slice(2);
const connection = new Redis({ path: socket, maxRetriesPerRequest: null });
const queue = new Queue(name, { connection });
const ids = [];
for (const job of JSON.parse(readFileSync(0, "utf8"))) {
  ids.push((await queue.add(job.name, job.data, job.opts)).id);
}
await queue.close();
await connection.quit();
console.log(JSON.stringify(ids));
