//! Lines of an item list: products, texts, coupons, and what is not known yet, read and written back.

use serde_json::{Value as Json, json};
use zeyos::rest::{
    Line, LineContent, ProductLine, ProductLineItemtype, TextLine, TextLineVariant, TransactionPatch, transaction,
};
use zeyos::{Composite, Id};

use crate::document::{Document, Extent};
use crate::wire::Recorder;

/// A server that answers a transaction with these lines.
fn storing(items: &Json) -> Recorder {
    let mut tables = Document::all().iter().flat_map(Document::tables);
    let mut row = tables.find(|table| table.resource == "transactions").unwrap().row(Extent::Least);
    row["items"] = items.clone();
    Recorder::json(Json::Object(row))
}

/// Reads the lines by one call and writes them by another.
async fn read_and_written(items: Json) -> (Vec<Line>, Json) {
    let server = storing(&items);
    let api = server.client().api();
    let read = api.get_transaction(Id::new(9)).expand(["items"]).await.unwrap().into_inner();
    server.take();
    let column = read.items.unwrap();
    let lines = column.expanded().unwrap().clone();
    api.update_transaction(Id::new(9), TransactionPatch::new().items(column)).await.unwrap();
    let sent = server.only();
    (lines, sent.json()["items"].clone())
}

#[tokio::test]
async fn a_product_keeps_everything_also_what_is_not_listed() {
    let items = json!([{
        "type": 0, "original": 7, "subindex": 2, "references": [{"transaction": 4, "subindex": 1, "since": "2026"}],
        "name": "Seal", "itemtype": 3, "amount": 2.5, "sellingprice": -1.25, "item": 80, "taxrate": 0.0,
        "transactions": [{"storage": 1, "serials": ["A1"], "amount": 1.0, "shelf": {"row": 3}}],
        "colour": "red", "deep": {"a": [1, null]},
    }]);
    let (lines, written) = read_and_written(items.clone()).await;
    let LineContent::Product(product) = &lines[0].content else { panic!("{lines:?}") };
    assert_eq!(product.itemtype, Some(ProductLineItemtype::SerialsAndCharges));
    assert_eq!(
        (product.item, product.amount, &product.unknown["colour"]),
        (Some(Id::new(80)), Some(2.5), &json!("red"))
    );
    assert_eq!(lines[0].common.original, Some(7));
    assert_eq!(written, items);
}

#[tokio::test]
async fn texts_and_coupons_are_told_apart_by_their_type() {
    let items = json!([
        {"type": 1, "text": "Hei", "variant": 4, "taken": true},
        {"type": 2, "name": "Spring", "code": "S-1", "value": 10.0, "couponcode": 3},
    ]);
    let (lines, written) = read_and_written(items.clone()).await;
    let LineContent::Text(text) = &lines[0].content else { panic!("{lines:?}") };
    assert_eq!((text.variant, text.taken), (Some(TextLineVariant::Headline), Some(true)));
    let LineContent::Coupon(coupon) = &lines[1].content else { panic!("{lines:?}") };
    assert_eq!((coupon.code.as_deref(), coupon.value), (Some("S-1"), Some(10.0)));
    assert_eq!(written, items);
}

#[tokio::test]
async fn a_type_that_is_not_known_keeps_its_members() {
    let items = json!([{"type": 9, "subindex": 1, "shape": "round", "deep": [{"a": null}]}]);
    let (lines, written) = read_and_written(items.clone()).await;
    assert!(matches!(&lines[0].content, LineContent::Unknown(9, members) if members["shape"] == "round"));
    assert_eq!(lines[0].common.subindex, Some(1));
    assert_eq!(written, items);
}

#[tokio::test]
async fn an_unknown_number_inside_a_line_survives() {
    let items = json!([{"type": 0, "itemtype": 12}, {"type": 1, "variant": 77}]);
    let (lines, written) = read_and_written(items.clone()).await;
    let LineContent::Product(product) = &lines[0].content else { panic!("{lines:?}") };
    assert_eq!(product.itemtype, Some(ProductLineItemtype::from_code(12)));
    assert_eq!(written, items);
}

#[tokio::test]
async fn a_line_without_a_type_is_a_product_and_null_means_that_nothing_is_said() {
    let (lines, written) = read_and_written(json!([{"name": "Seal", "item": null}])).await;
    let LineContent::Product(product) = &lines[0].content else { panic!("{lines:?}") };
    assert_eq!(product.item, None);
    assert_eq!(written, json!([{"type": 0, "name": "Seal"}]));
}

#[tokio::test]
async fn lines_are_made_from_their_content() {
    let mut product = ProductLine::default();
    product.name = Some("Seal".to_owned());
    product.amount = Some(2.0);
    let mut text = TextLine::default();
    text.text = Some("As agreed".to_owned());
    let lines: Vec<Line> = vec![LineContent::Product(product).into(), LineContent::Text(text).into()];
    let server = storing(&Json::Null);
    let patch = TransactionPatch::new().items(Composite::from(lines));
    server.client().api().update_transaction(Id::new(9), patch).await.unwrap();
    let written = json!([{"type": 0, "name": "Seal", "amount": 2.0}, {"type": 1, "text": "As agreed"}]);
    assert_eq!(*server.only().json(), json!({"items": written}));
}

#[tokio::test]
async fn a_list_of_lines_is_set_as_it_is_and_a_text_alone_makes_a_line() {
    let seal = ProductLine::from("Seal").item(Id::new(80)).amount(2.0).sellingprice(12.5).unit("pc");
    let lines = || vec![Line::product(seal.clone()), Line::product("Ring"), Line::text("As agreed".to_owned())];
    let written = json!([
        {"type": 0, "name": "Seal", "item": 80, "amount": 2.0, "sellingprice": 12.5, "unit": "pc"},
        {"type": 0, "name": "Ring"},
        {"type": 1, "text": "As agreed"},
    ]);
    let server = storing(&Json::Null);
    let text = Composite::Plain("[]".to_owned());
    for (patch, items) in [
        (TransactionPatch::new().items(lines()), written.clone()),
        (TransactionPatch::new().items(Some(lines().into())), written),
        (TransactionPatch::new().items(text), json!("[]")),
        (TransactionPatch::new().items(None), Json::Null),
    ] {
        server.client().api().update_transaction(Id::new(9), patch).await.unwrap();
        assert_eq!(*server.only().json(), json!({"items": items}));
        server.take();
    }
}

#[tokio::test]
async fn a_get_expands_columns_and_names() {
    let server = storing(&json!([]));
    let api = server.client().api();
    let get = || api.get_transaction(Id::new(9));
    let calls = [
        get().expand(transaction::ITEMS),
        get().expand([transaction::ITEMS]),
        get().expand("items"),
        get().expand(&["items"][..]),
        get().expand(vec!["items"]),
    ];
    for call in calls {
        call.await.unwrap();
        assert_eq!(server.only().query, [("expand".to_owned(), "items".to_owned())]);
        server.take();
    }
    get().expand(transaction::ITEMS).expand("other").await.unwrap();
    let columns: Vec<String> = server.only().query.iter().map(|(_, column)| column.clone()).collect();
    assert_eq!(columns, ["items", "other"]);
}

#[tokio::test]
async fn a_wrong_value_inside_a_line_is_found_by_its_path() {
    let server = storing(&json!([{"type": 1}, {"type": 0, "transactions": [{}, {"amount": "two"}]}]));
    let error = server.client().api().get_transaction(Id::new(9)).await.unwrap_err();
    let decode = error.decode_error().unwrap();
    assert_eq!(decode.path(), "$.items[1].transactions[1].amount");
    assert_eq!(decode.column(), Some("items"));
}
