//! Projects, tickets, tasks, what was done, and the calendar.

use serde_json::{Value, json};

use super::people::ACCOUNTS;
use super::table::{day, pick};
use crate::seed::seeder::Seeder;

const PROJECTS: i64 = 30;
const TICKETS: i64 = 120;
const TASKS: i64 = 45;

const PLACES: [&str; 6] = ["harbour", "brewery", "fish farm", "waterworks", "dry dock", "greenhouse"];
const JOBS: [&str; 5] = ["Pump station", "Pipe renewal", "Control cabinet", "Seal programme", "Flow study"];
const TROUBLES: [&str; 12] = [
    "Pump seal leaks",
    "Motor runs hot",
    "Label printer offline",
    "Noise at start",
    "Pressure drops overnight",
    "Wrong part delivered",
    "Display stays dark",
    "Float switch stuck",
    "Invoice address outdated",
    "Vibration at 40 Hz",
    "Manual missing",
    "Spare impeller needed",
];
const DUTIES: [&str; 5] = ["Call the customer", "Order parts", "Write the report", "Visit the site", "Test run"];

/// Plants them.
pub(super) fn insert(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    for index in 0..PROJECTS {
        seeder.creator = 1 + index % 6;
        seeder.put(
            "projects",
            json!({
                "name": format!("{}, {} {}", pick(&JOBS, index), pick(&PLACES, index), 1 + index / 6),
                "account": 1 + index % ACCOUNTS,
                "status": index % 12, "assigneduser": 4 + index % 2, "visibility": i64::from(index % 10 == 9),
                "description": "First survey done.\nOffer accepted.",
                "tags": if index % 5 == 0 { json!(["flagship"]) } else { json!([]) },
            }),
        )?;
    }
    for index in 0..TICKETS {
        seeder.creator = 1 + index % 6;
        ticket(seeder, index)?;
    }
    for index in 0..TASKS {
        task(seeder, index)?;
    }
    for index in 0..60 {
        step(seeder, index)?;
    }
    calendar(seeder)
}

fn ticket(seeder: &mut Seeder<'_>, index: i64) -> rusqlite::Result<()> {
    // A ticket belongs to an account or to a project, never to both; every tenth to neither.
    let (account, project) = match index % 10 {
        9 => (Value::Null, Value::Null),
        number if number % 3 == 2 => (Value::Null, json!(1 + index % PROJECTS)),
        _ => (json!(1 + index % ACCOUNTS), Value::Null),
    };
    let trouble = pick(&TROUBLES, index * 5 + index / 12);
    seeder.put(
        "tickets",
        json!({
            "name": trouble, "account": account, "project": project, "status": index % 12,
            "priority": (index / 12 + index) % 5,
            "date": day(-90 + index), "duedate": if index % 4 == 3 { Value::Null } else { json!(day(-80 + index)) },
            "assigneduser": if index % 6 == 5 { Value::Null } else { json!(2 + index % 5) },
            "visibility": match index % 20 { 18 => 1, 19 => 2, _ => 0 },
            "description": format!("{trouble} since this morning.\nSeen by the shift leader."),
            "billingitems": (index % 8 == 0).then(|| json!([{ "type": 1, "text": "Half an hour on site" }])),
            "extdata": match index % 7 {
                0 => json!({ "channel": pick(&["phone", "mail"], index), "minutes": 15 * (1 + index % 4) }),
                _ => json!({}),
            },
            "tags": if index % 6 == 0 { json!(["urgent", "site/north"]) } else { json!([]) },
        }),
    )?;
    Ok(())
}

fn task(seeder: &mut Seeder<'_>, index: i64) -> rusqlite::Result<()> {
    let (ticket, project) =
        if index % 2 == 0 { (json!(1 + index * 2), Value::Null) } else { (Value::Null, json!(1 + index % PROJECTS)) };
    seeder.put(
        "tasks",
        json!({
            "name": pick(&DUTIES, index), "ticket": ticket, "project": project, "status": index % 12,
            "priority": index % 5,
            "assigneduser": 2 + index % 5, "datefrom": day(-10 + index), "duedate": day(index),
            "projectedeffort": 30 * (1 + index % 6),
        }),
    )?;
    Ok(())
}

fn step(seeder: &mut Seeder<'_>, index: i64) -> rusqlite::Result<()> {
    let (task, ticket, account) = match index % 3 {
        0 => (json!(1 + index % TASKS), Value::Null, Value::Null),
        1 => (Value::Null, json!(1 + index), Value::Null),
        _ => (Value::Null, Value::Null, json!(1 + index % ACCOUNTS)),
    };
    seeder.put(
        "actionsteps",
        json!({
            "name": pick(&DUTIES, index + 2), "task": task, "ticket": ticket, "account": account, "status": index % 4,
            "date": day(-30 + index), "effort": 15 * (1 + index % 8), "assigneduser": 2 + index % 5,
        }),
    )?;
    Ok(())
}

fn calendar(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    for index in 0..12 {
        let start = day(index) + 9 * 3600;
        let appointment = seeder.put(
            "appointments",
            json!({
                "name": format!("Site visit, {}", pick(&PLACES, index)), "location": "Bergen", "datefrom": start,
                "dateto": start + 5400,
                "color": pick(&["", "F80", "2266AA"], index),
                "recurrence": if index % 6 == 0 { json!(2) } else { Value::Null },
                "owneruser": if index % 4 == 0 { json!(2) } else { Value::Null }, "assigneduser": 2 + index % 5,
            }),
        )?;
        seeder.put(
            "invitations",
            json!({ "appointment": appointment, "contact": 9 + index, "name": "Guest", "flag": index % 3 }),
        )?;
    }
    seeder.put(
        "events",
        json!({
            "entity": "projects", "index": 1, "name": "Commissioning", "datefrom": day(14), "dateto": day(15),
            "meta": { "crane": true },
        }),
    )?;
    Ok(())
}
