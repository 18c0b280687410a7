//! Messages, documents, notes, the feed, campaigns and mailings.

use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::table::{day, pick};
use crate::rows::hex;
use crate::seed::seeder::Seeder;

const SUBJECTS: [&str; 6] =
    ["Pump seal", "Delivery date", "Offer for two pumps", "Visit next week", "Invoice question", "Thank you"];

/// Plants them.
pub(super) fn insert(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    for index in 0..30 {
        message(seeder, index)?;
    }
    documents(seeder)?;
    feed(seeder)?;
    campaigns(seeder)
}

/// Stores the content of a file; answers its number.
fn file(seeder: &Seeder<'_>, content: &str) -> rusqlite::Result<i64> {
    let hash = hex(&Md5::digest(content)).replace("\\x", "");
    let sql = "INSERT INTO binfiles (size, hash) VALUES (length(CAST(?1 AS BLOB)), unhex(?2)) RETURNING ID";
    let id = seeder.db().query_row(sql, (content, hash), |row| row.get(0))?;
    seeder.db().execute("INSERT INTO _contents VALUES (?1, CAST(?2 AS BLOB))", (id, content))?;
    Ok(id)
}

fn message(seeder: &mut Seeder<'_>, index: i64) -> rusqlite::Result<()> {
    let subject = pick(&SUBJECTS, index);
    let binfile = if index % 3 == 0 {
        json!(file(seeder, &format!("Subject: {subject}\r\n\r\nHello, message {index}.\r\n"))?)
    } else {
        Value::Null
    };
    let sent = index % 2 == 1;
    let (from, to) = if sent {
        ("service@bergfjord.example", "post@fjellbakeri-1.example")
    } else {
        ("post@fjellbakeri-1.example", "service@bergfjord.example")
    };
    let message = seeder.put(
        "messages",
        json!({
            "mailbox": if sent { 2 } else { 0 }, "subject": subject, "date": day(-30 + index), "sender": from,
            "sender_email": from,
            "to": to, "to_email": to, "to_count": 1, "contenttype": "text/plain",
            "text": format!("Hello,\nabout {}.", subject.to_lowercase()),
            "ticket": if index % 5 == 0 { json!(1 + index) } else { Value::Null }, "binfile": binfile,
            "attachments": if index % 6 == 0 { json!("{plan.pdf,\"photo 1.jpg\"}") } else { Value::Null },
            "senddate": if sent { json!(day(-30 + index) + 60) } else { Value::Null },
        }),
    )?;
    if index % 10 == 0 {
        seeder.put("messagereads", json!({ "message": message }))?;
    }
    Ok(())
}

fn documents(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    for index in 0..6 {
        let content = file(seeder, &format!("Manual of pump {index}\n"))?;
        seeder.put(
            "documents",
            json!({
                "name": format!("Manual {}", 1 + index), "filename": format!("manual-{}.txt", 1 + index),
                "mimetype": "text/plain",
                "status": index, "binfile": content, "tags": ["manual"],
            }),
        )?;
    }
    for index in 0..10 {
        seeder.put(
            "notes",
            json!({
                "name": format!("Note {}", 1 + index), "text": "Remember the seals.", "contenttype": "text/plain",
                "status": index % 6,
            }),
        )?;
    }
    for (name, url) in [("Pump curves", "https://curves.example/"), ("Tide table", "https://tides.example/")] {
        seeder.put("links", json!({ "name": name, "url": url }))?;
    }
    for index in 0..3 {
        seeder.put(
            "objects",
            json!({
                "name": format!("Test bench {}", 1 + index), "entity": "bench",
                "data": { "bars": [4, 8, 16 + index] },
            }),
        )?;
    }
    Ok(())
}

fn feed(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    let channel = seeder.put("channels", json!({ "name": "Service desk" }))?;
    seeder.put("entities2channels", json!({ "entity": "tickets", "index": 1, "channel": channel }))?;
    for index in 0..10 {
        seeder.creator = 2 + index % 3;
        let record = seeder.put(
            "records",
            json!({
                "entity": "tickets", "index": 1 + index, "channel": channel, "sender": "Bergfjord",
                "text": "Looked at it.",
                "date": day(-10 + index), "meta": { "source": "app" },
                "tags": if index == 0 { json!(["pinned"]) } else { json!([]) },
            }),
        )?;
        if index % 2 == 0 {
            let comment =
                seeder.put("comments", json!({ "record": record, "sender": "Ida", "text": "Parts are ordered." }))?;
            seeder.put("likes", json!({ "record": record }))?;
            let content = file(seeder, &format!("photo {index}"))?;
            seeder.put(
                "files",
                json!({ "comment": comment, "binfile": content, "filename": "photo.txt", "mimetype": "text/plain" }),
            )?;
        }
    }
    seeder.creator = 1;
    seeder.put("follows", json!({ "entity": "projects", "index": 1 }))?;
    seeder.put(
        "associations",
        json!({
            "entity1": "tickets", "index1": 1, "entity2": "documents", "index2": 1, "relation": "see also",
            "meta": { "weight": 1 },
        }),
    )?;
    seeder.put("categories", json!({ "entity": "tickets", "name": "pumps/seals" }))?;
    Ok(())
}

fn campaigns(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    let campaign =
        seeder.put("campaigns", json!({ "name": "Boat fair", "datefrom": day(20), "dateto": day(24), "status": 5 }))?;
    seeder.put("campaigns", json!({ "name": "Spring service", "datefrom": day(60) }))?;
    let list = seeder.put(
        "mailinglists",
        json!({ "name": "Newsletter", "campaign": campaign, "sender": "news@bergfjord.example" }),
    )?;
    let mailing = seeder.put(
        "messages",
        json!({
            "mailbox": 4, "mailinglist": list, "subject": "New pumps", "sender": "news@bergfjord.example",
            "date": day(-1),
        }),
    )?;
    for index in 0..8 {
        let email = format!("reader{index}@bergfjord.example");
        let (mailinglist, campaign) =
            if index < 6 { (json!(list), Value::Null) } else { (Value::Null, json!(campaign)) };
        let participant = seeder.put(
            "participants",
            json!({
                "mailinglist": mailinglist, "campaign": campaign, "name": format!("Reader {index}"), "email": email,
                "contact": 9 + index,
            }),
        )?;
        seeder.put("mailingrecipients", json!({ "message": mailing, "participant": participant, "email": email }))?;
    }
    Ok(())
}
