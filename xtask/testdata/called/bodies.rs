//! Bodies of all kinds.

use std::collections::BTreeMap;

use called::{Server, now};
use called_bodies::{AddBadgesRequest, Badge, BadgeBody, CalledBodiesApi, Frame, Holder, PatchFrameBody, PatchFrameBodyJsonPatchItem, UploadRequest};
use serde_json::{Value, json};
use zeyos_core::call::kind;
use zeyos_core::{Call, Content, FilePart};

/// What a call sends: its media type and its body.
fn sent(call: impl Fn(CalledBodiesApi) -> Call<(), kind::Empty>) -> (String, String) {
    let server = Server::default();
    now(call(CalledBodiesApi::new(server.client()))).unwrap();
    let sent = server.only();
    (sent.media_type, sent.body)
}

fn refused(call: impl Fn(CalledBodiesApi) -> Call<(), kind::Empty>) -> String {
    let server = Server::default();
    let error = now(call(CalledBodiesApi::new(server.client()))).unwrap_err();
    assert!(error.is_request() && server.sent().is_empty());
    error.to_string()
}

fn is(media_type: &str, body: &str) -> (String, String) {
    (media_type.to_owned(), body.to_owned())
}

#[test]
fn the_caller_names_one_of_the_media_types() {
    assert_eq!(sent(|c| c.put_picture("image/jpeg", "jpg")), is("image/jpeg", "jpg"));
    assert_eq!(sent(|c| c.put_sketch("image/webp", Content::from("w"))), is("image/webp", "w"));
    assert_eq!(sent(|c| c.put_sketch("image/webp", None)), is("", ""));
    assert_eq!(sent(|c| c.post_mail("multipart/mixed; boundary=x", "--x--")), is("multipart/mixed; boundary=x", "--x--"));
    assert!(refused(|c| c.put_picture("image/gif", "g")).contains("must be of the type image/png, image/jpeg"));
    for odd in ["text/plain", "image/*", "image", "image/png\r\nX: hunter2"] {
        let error = refused(|c| c.put_sketch(odd, Content::from("w")));
        assert!(error.contains("image/*") && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn bodies_that_differ_by_media_type_are_an_enum() {
    let merge = || {
        let mut frame = Frame::default();
        frame.width = Some(None);
        frame.key = Some("hunter2".into());
        PatchFrameBody::MergePatch(frame)
    };
    let (media_type, body) = sent(|c| c.patch_frame(merge()));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((media_type.as_str(), body), ("application/merge-patch+json", json!({"width": null, "key": "hunter2"})));
    let server = Server::default();
    let call = CalledBodiesApi::new(server.client()).patch_frame(merge());
    assert!(!format!("{call:?}").contains("hunter2"));
    let (media_type, body) = sent(|c| c.patch_frame(PatchFrameBody::JsonPatch(vec![PatchFrameBodyJsonPatchItem::new("test")])));
    assert_eq!((media_type.as_str(), body.as_str()), ("application/json-patch+json", r#"[{"op":"test"}]"#));
    let yaml = sent(|c| c.patch_frame(PatchFrameBody::ApplyPatchYaml("a: 1".into())));
    assert_eq!(yaml, is("application/apply-patch+yaml", "a: 1"));
}

#[test]
fn an_object_that_is_no_json_is_the_text_of_the_caller() {
    assert_eq!(sent(|c| c.post_feed("<frame/>")), is("application/xml", "<frame/>"));
}

#[test]
fn members_whose_names_are_not_listed_are_a_map() {
    let labels = BTreeMap::from([("a b".to_owned(), 1), ("c".to_owned(), 2)]);
    assert_eq!(sent(|c| c.set_labels(labels.clone())).1, "a+b=1&c=2");
    assert_eq!(sent(|c| c.confirm(None)), is("", ""));
    let members = json!({"x": [1, 2]}).as_object().unwrap().clone();
    assert_eq!(sent(|c| c.confirm(members.clone())), is("application/x-www-form-urlencoded", "x=1&x=2"));
    let scans = BTreeMap::from([("front".to_owned(), FilePart::new("f.png", "x").media_type("image/png"))]);
    let (media_type, body) = sent(|c| c.add_scans(scans.clone()));
    assert!(media_type.starts_with("multipart/form-data; boundary=") && body.contains("name=\"front\"; filename=\"f.png\""));
}

#[test]
fn parts_have_headers_and_styles() {
    let picture = || FilePart::new("p.webp", "x").media_type("image/webp").header("X-Digest", "s1");
    let mut size = Frame::default();
    (size.width, size.key) = (Some(Some(3)), Some("hunter2".into()));
    let (_, body) = sent(|c| c.upload(UploadRequest::new(picture()).tags(vec!["a".into(), "b".into()]).size(size.clone())));
    for part in [
        "name=\"picture\"; filename=\"p.webp\"\r\nContent-Type: image/webp\r\nx-digest: s1\r\n\r\nx\r\n",
        "name=\"tags\"\r\n\r\na|b\r\n",
        "name=\"size[width]\"\r\n\r\n3\r\n",
        "name=\"size[key]\"\r\n\r\nhunter2\r\n",
    ] {
        assert!(body.contains(part), "{part:?} is not in\n{body}");
    }
    assert!(refused(|c| c.upload(UploadRequest::new(picture().header("X-Digest", "a\nb")))).contains("x-digest"));
}

#[test]
fn members_that_can_only_be_read_are_sent_at_no_depth() {
    let badge = || {
        let (mut badge, mut holder) = (Badge::new("mara"), Holder::new("ari"));
        (badge.id, holder.since) = (Some("7".to_owned()), Some(Some("2026".to_owned())));
        badge.holder = Some(holder);
        badge
    };
    let (_, body) = sent(|c| c.add_badges(AddBadgesRequest::new(vec![badge()])));
    let expected = json!({"name": "mara", "holder": {"name": "ari"}});
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), json!({"badges": [expected]}));
    let holder = badge().holder.unwrap();
    let (media_type, body) = sent(|c| c.set_badge(BadgeBody::new("mara").holder(holder.clone())));
    assert_eq!((media_type.as_str(), serde_json::from_str::<Value>(&body).unwrap()), ("application/merge-patch+json", expected));
}
