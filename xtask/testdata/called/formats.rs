//! Dates, times, UUIDs, decimals and bytes as types.

use called::{Answer, Server, now};
use called_formats::{AddStampQuery, CalledFormatsApi, Date as Year, StampBody};
use serde_json::{Value, json};
use zeyos_core::{Base64, Date, DateTime, Uuid};

#[test]
fn values_of_a_format_are_sent_as_their_text_and_read_whatever_it_is() {
    let answer = json!({"id": "x", "printed": null, "sent": "2026-02-28T12:30:00+01:00", "price": "1.10", "seal": "YQ==", "days": ["someday"]});
    let server = Server::new([Answer::json(200, &answer.to_string())]);
    let mut year = Year::default();
    year.year = Some(1840);
    let request = StampBody::new(Uuid::from_bytes([7; 16]), Date::new(1840, 5, 1))
        .sent(DateTime::from_unix(0).unwrap())
        .price("12.50".parse().unwrap())
        .seal(Base64::encode(b"seal"))
        .days(vec!["2026-02-28".parse().unwrap()])
        .code("AB")
        .last(year);
    let query = AddStampQuery::new().since(Date::new(2026, 1, 2).unwrap());
    let read = now(CalledFormatsApi::new(server.client()).add_stamp("7", query, request)).unwrap().into_inner();
    let sent = server.only();
    let expected = json!({
        "id": "07070707-0707-0707-0707-070707070707", "printed": "1840-05-01", "sent": "1970-01-01T00:00:00Z",
        "price": "12.50", "seal": "c2VhbA==", "days": ["2026-02-28"], "code": "AB", "last": {"year": 1840},
    });
    assert_eq!(serde_json::from_str::<Value>(&sent.body).unwrap(), expected);
    assert_eq!((sent.path.as_str(), &sent.query[0].1), ("/stamps/7", &"2026-01-02".to_owned()));
    assert!(!read.id.is_valid() && read.printed.is_none());
    assert_eq!(read.sent.unwrap().unix(), Some(1_772_278_200));
    assert_eq!(read.seal.unwrap().decode().unwrap(), b"a");
    assert_eq!(read.days.unwrap()[0].as_str(), "someday");
}
