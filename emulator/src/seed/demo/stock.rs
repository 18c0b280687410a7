//! Items with prices, suppliers and stock.

use serde_json::json;

use super::table::{day, pick};
use crate::seed::seeder::Seeder;

/// Number of plain items; sets and further kinds follow.
pub(super) const ITEMS: i64 = 24;

/// What is sold: name, selling price, purchase price, weight.
const KINDS: [(&str, f64, f64, f64); 6] = [
    ("Centrifugal pump", 1480.0, 910.0, 38.5),
    ("Submersible pump", 2240.0, 1390.0, 51.0),
    ("Dosing pump", 640.5, 385.25, 6.2),
    ("Shaft seal", 48.9, 21.4, 0.2),
    ("Impeller", 212.0, 118.0, 2.9),
    ("Bearing set", 96.75, 44.1, 1.1),
];

const SIZES: [i64; 4] = [25, 40, 65, 80];

/// Plants them.
pub(super) fn insert(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    for index in 0..ITEMS {
        let (kind, selling, purchase, weight) = pick(&KINDS, index % 6);
        let size = pick(&SIZES, index / 6);
        let factor = 1.0 + f64::from(u8::try_from(index / 6).unwrap_or_default()) * 0.25;
        seeder.put(
            "items",
            json!({
                "name": format!("{kind} {size}mm"), "itemnum": format!("{}-{size}", &kind[..2].to_uppercase()),
                "manufacturer": "Bergfjord Pumpen", "barcode": format!("40{:011}", 71_000 + index * 7),
                "type": if index % 6 < 2 { 1 } else { 0 }, "unit": "C62", "sellingprice": selling * factor,
                "purchaseprice": purchase * factor, "taxrate": if index % 2 == 0 { json!(25) } else { json!(null) },
                "weight": weight,
                "origin": pick(&["NO", "DE"], index), "visibility": i64::from(index == 23),
                "foreigntaxrates": if index % 6 == 0 { json!({ "DE": 19, "SE": 25 }) } else { json!(null) },
                "extdata": if index % 5 == 0 { json!({ "pressure": 6 + index }) } else { json!({}) },
            }),
        )?;
    }
    for name in ["Bergen main store", "Kiel workshop"] {
        seeder.put("storages", json!({ "name": name }))?;
    }
    prices(seeder)?;
    for item in 1..=12 {
        stock(seeder, item)?;
    }
    Ok(())
}

fn prices(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    for (name, currency, discount) in [("Norway", "NOK", 0), ("Germany", "EUR", 5)] {
        let list = seeder.put(
            "pricelists",
            json!({ "name": name, "currency": currency, "discount": discount, "datefrom": day(-365), "dateto": day(365) }),
        )?;
        for item in 1..=ITEMS {
            seeder.put(
                "prices",
                json!({ "item": item, "pricelist": list, "price": 100 * item + list, "minamount": 1 }),
            )?;
        }
        seeder.put("pricelists2accounts", json!({ "pricelist": list, "account": list }))?;
    }
    let coupon = seeder.put("coupons", json!({ "name": "Boat fair", "code": "BOAT26", "value": 50, "taxrate": 25 }))?;
    seeder.put("coupons", json!({ "name": "Goodwill", "type": 1, "value": 20 }))?;
    seeder.put("couponcodes", json!({ "coupon": coupon, "code": "BOAT26-A", "value": 50, "date": day(-3) }))?;
    Ok(())
}

fn stock(seeder: &mut Seeder<'_>, item: i64) -> rusqlite::Result<()> {
    seeder.put(
        "suppliers",
        json!({
            "item": item, "account": 7 * (1 + item % 6), "itemnum": format!("S-{item:03}"), "price": 20 * item,
            "deliverytime": 14,
        }),
    )?;
    let serials = (item % 6 == 1 || item % 6 == 2).then(|| format!("{{SN{item}01,SN{item}02}}"));
    seeder.put(
        "stocktransactions",
        json!({
            "item": item, "storage": 1 + item % 2, "amount": 10 + item, "date": day(-40 + item),
            "location": format!("R{item}"),
            "reference": "Opening stock", "serials": serials, "purchaseprice": 20 * item,
        }),
    )?;
    if item % 6 == 1 || item % 6 == 2 {
        seeder.put("devices", json!({ "item": item, "serialnum": format!("SN{item}01") }))?;
        seeder.put("components", json!({ "item": item, "component": item + 3, "amount": 2, "price": 40.5 }))?;
        seeder.put("relateditems", json!({ "item": item, "relateditem": item + 2, "relation": "spare part" }))?;
    }
    Ok(())
}
