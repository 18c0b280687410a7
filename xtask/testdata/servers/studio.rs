//! Forms and parts against a server that parses and checks them itself.

use servers::url;
use studio::runtime::{Content, FilePart};
use studio::{AddPictureRequest, AddPictureRequestFacts, BookRequest, BookRequestContact, Client};

fn client(key: &str) -> Client {
    Client::builder(url()).key(key).build().unwrap()
}

fn contact() -> BookRequestContact {
    let mut contact = BookRequestContact::default();
    (contact.name, contact.phones) = (Some("Zoë & Söhne".to_owned()), Some(vec!["+49 1".to_owned(), "2=3".to_owned()]));
    contact
}

fn booking() -> BookRequest {
    BookRequest::new("Blue & big", 3).extras(vec!["a b".into(), "ü%2".into()]).contact(contact()).pin("1 2+3&4=5")
}

#[tokio::test]
async fn a_form_comes_as_it_was_meant() {
    let booked = client("studio key").api().book(booking()).await.unwrap().into_inner();
    assert_eq!((booked.room.as_str(), booked.hours), ("Blue & big", 3));
    assert_eq!(booked.extras, Some(vec!["a b".to_owned(), "ü%2".to_owned()]));
    let found = booked.contact.unwrap();
    assert_eq!((found.name, found.phones), (contact().name, contact().phones));
}

#[tokio::test]
async fn a_wrong_key_or_pin_is_refused_and_named_by_nobody() {
    let error = client("another key").api().book(booking()).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    assert!(!format!("{error} {error:?}").contains("another key"));
    let error = client("studio key").api().book(booking().pin("hunter2")).await.unwrap_err();
    assert!(error.status().is_some_and(|status| status == 422) && !format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn parts_and_files_come_as_they_were_meant() {
    let mut facts = AddPictureRequestFacts::default();
    (facts.width, facts.words) = (Some(7), Some(vec!["\"x\"".to_owned()]));
    let picture = FilePart::new("größe \"1\".png", Content::from(vec![0u8, 13, 10, 45, 45, 255])).media_type("image/png");
    let more = [FilePart::new("a", "a"), FilePart::new("b", "")];
    let request = AddPictureRequest::new(picture).title("Dawn\r\n--x").facts(facts.clone()).more(more);
    let came = client("studio key").api().add_picture(request).await.unwrap().into_inner();
    assert_eq!((came.title.as_deref(), came.bytes, came.type_.as_str(), came.more), (Some("Dawn\r\n--x"), 6, "image/png", Some(2)));
    assert_eq!(came.sum.as_deref(), Some("4b0479b218deb1c95515883a5f8dd934bfb69ec3576cb54b7412070e14d97824"));
    let found = came.facts.unwrap();
    assert_eq!((found.width, found.words), (facts.width, facts.words));
}

#[tokio::test]
async fn a_large_file_comes_whole() {
    let whole = vec![b'z'; 16 << 20];
    let picture = FilePart::new("large.jpg", Content::from(whole)).media_type("image/jpeg");
    let came = client("studio key").api().add_picture(AddPictureRequest::new(picture)).await.unwrap();
    assert_eq!(came.bytes, 16 << 20);
}
