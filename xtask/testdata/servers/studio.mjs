// The server of studio.yaml, on Express. It checks the key and what stands in forms and parts by itself.
import { createHash, timingSafeEqual } from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(process.argv[3] + "/");
const express = require("express");
const multer = require("multer");

const app = express();
const key = Buffer.from("studio key");
app.use((request, response, next) => {
  const sent = Buffer.from(request.get("X-Studio-Key") ?? "");
  if (sent.length === key.length && timingSafeEqual(sent, key)) return next();
  response.status(401).json({ error: "who?" });
});

const refuse = (response, reason) => response.status(422).json({ error: reason });

app.post("/bookings", express.urlencoded({ extended: true }), (request, response) => {
  if (!request.is("application/x-www-form-urlencoded")) return refuse(response, "no form");
  const { room, hours, extras, contact, pin, ...rest } = request.body;
  if (Object.keys(rest).length) return refuse(response, `unknown: ${Object.keys(rest)}`);
  if (typeof room !== "string" || !/^\d+$/.test(hours)) return refuse(response, "room and hours");
  if (pin !== "1 2+3&4=5") return refuse(response, "the pin");
  response.json({ room, hours: Number(hours), extras, contact });
});

const fields = [{ name: "picture", maxCount: 1 }, { name: "more" }];
app.post("/pictures", multer({ limits: { fileSize: 64 << 20 } }).fields(fields), (request, response) => {
  const [picture] = request.files.picture ?? [];
  if (!picture) return refuse(response, "no picture");
  if (!["image/png", "image/jpeg"].includes(picture.mimetype)) return refuse(response, picture.mimetype);
  const { title, facts, ...rest } = request.body;
  if (Object.keys(rest).length) return refuse(response, `unknown: ${Object.keys(rest)}`);
  response.json({
    title,
    bytes: picture.size,
    sum: createHash("sha256").update(picture.buffer).digest("hex"),
    type: picture.mimetype,
    name: picture.originalname,
    more: (request.files.more ?? []).length,
    facts: facts === undefined ? undefined : JSON.parse(facts),
  });
});

app.use((error, request, response, next) => refuse(response, String(error)));
app.listen(Number(process.argv[2]), "127.0.0.1");
