//! The examples that README names and no other module runs: they end well and have done what they say.

use crate::promises::examples::example;
use crate::support::folder::Folder;

fn said(name: &str, arguments: &[&str]) -> String {
    let output = example(name).args(arguments).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn the_report_lists_open_invoices_and_sums_by_currency() {
    let said = said("report", &[]);
    let open = said.lines().filter(|line| line.trim_start().starts_with("RE-")).count();
    assert!(said.starts_with(&format!("{open} open invoices")) && open > 3, "{said}");
    for currency in ["NOK: ", "EUR: "] {
        assert!(said.lines().any(|line| line.trim_start().starts_with(currency) && line.ends_with(" left")), "{said}");
    }
}

#[test]
fn the_export_writes_each_ticket_once_into_both_files() {
    let folder = Folder::new("export");
    let said = said("export", &["--to", folder.path().to_str().unwrap()]);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let (csv, ndjson) = (read("tickets.csv"), read("tickets.ndjson"));
    let rows = ndjson.lines().count();
    assert!(said.contains(&format!("{rows} of {rows} rows")) && rows > 100, "{said}");
    assert!(csv.starts_with("id;name;customer;status;priority;date;description"), "{}", &csv[..80]);
    let number = |row: &str| serde_json::from_str::<serde_json::Value>(row).unwrap()["id"].to_string();
    for id in ndjson.lines().map(number) {
        let begins = format!("{id};");
        assert_eq!(csv.lines().filter(|line| line.starts_with(&begins)).count(), 1, "{id}");
    }
}

#[test]
fn the_invoice_has_all_of_its_parts_and_loses_no_change() {
    let said = said("billing", &[]);
    let parts = ["2 lines", "\"4200\"", "\"pumps\"", "hangs on record", "someone else has changed it", "make it 4 %"];
    assert!(parts.iter().all(|part| said.contains(part)), "{said}");
}
