use super::*;

fn record() -> Record {
    let tokens = TokenSet::bearer("access").with_refresh_token("refresh");
    let owner = Some("https://erp.example.com/demo app".to_owned());
    Record { generation: 7, tokens: Some(tokens), lost: Some(SessionLoss::StaleStore), owner }
}

fn pending() -> Pending {
    let since = Timestamp::from_unix(1_800_000_000);
    Pending { generation: 7, refresh_token_hash: Some(hash(b"refresh")), since, request_id: "q1".into() }
}

fn read(bytes: &[u8]) -> Option<Record> {
    match read_record(bytes) {
        Reading::Good(record) => Some(*record),
        _ => None,
    }
}

#[test]
fn a_record_survives_being_kept_with_every_cause_of_loss() {
    use SessionLoss::{Expired, Revoked, RotationOutcomeUnknown, StaleStore};
    for lost in [None, Some(RotationOutcomeUnknown), Some(StaleStore), Some(Revoked), Some(Expired)] {
        let record = Record { lost, ..record() };
        assert_eq!(read(&write_record(&record)), Some(record));
    }
    let empty = Record { generation: u64::MAX, ..Record::default() };
    assert_eq!(read(&write_record(&empty)), Some(empty));
}

#[test]
fn a_record_in_which_one_byte_differs_or_is_missing_is_none() {
    let text = write_record(&record());
    for at in 0..text.len() - 1 {
        for flip in [1, 0x20, 0x80] {
            let mut changed = text.clone();
            changed[at] ^= flip;
            assert_eq!(read(&changed), None, "byte {at}");
        }
        assert_eq!(read(&text[..at]), None, "cut at {at}");
    }
}

#[test]
fn a_bare_token_set_is_the_first_generation_and_a_later_format_is_told_apart() {
    let bare = read(br#"{"accessToken": "a", "refreshToken": "r"}"#).unwrap();
    assert_eq!((bare.generation, bare.tokens), (1, Some(TokenSet::bearer("a").with_refresh_token("r"))));
    assert_eq!(read(br#"{"accessToken": "a", "generation": 3}"#), None);
    assert!(matches!(read_record(&seal(&json!({"format": 2}))), Reading::Newer));
}

#[test]
fn a_mark_that_was_cut_counts_as_a_mark_of_what_the_record_holds() {
    let text = write_pending(&pending());
    assert_eq!(read_pending(&text, &record()), Some(pending()));
    assert_eq!(read_pending(b"", &record()), None);
    for cut in 1..text.len() - 1 {
        let read = read_pending(&text[..cut], &record()).unwrap();
        assert_eq!((read.generation, read.refresh_token_hash), (7, pending().refresh_token_hash));
    }
}

#[test]
fn a_reply_is_read_as_it_came_in_and_as_far_as_it_was_written() {
    let reply = b"{\"refresh_token\": \"r1\"}\n\0";
    let text = write_journal(Some(&pending()), reply);
    assert_eq!(read_journal(&text), Some((Some(7), Bytes::from_static(reply))));
    assert_eq!(read_journal(&write_journal(None, b"")), Some((None, Bytes::new())));
    assert_eq!(read_journal(&[0; 99]), None);
    let head = text.len() - reply.len();
    for cut in head..text.len() - 2 {
        let mut torn = vec![0; text.len() + 50];
        torn[..cut].copy_from_slice(&text[..cut]);
        let expected = (cut > head).then(|| (Some(7), Bytes::copy_from_slice(&reply[..cut - head])));
        assert_eq!(read_journal(&torn), expected, "cut at {cut}");
    }
}

#[test]
fn the_newest_generation_is_none_where_it_cannot_be_read() {
    assert_eq!(read_newest(&write_newest(u64::MAX)), u64::MAX);
    for odd in [&b""[..], b"7", br#"{"newest": 7}"#] {
        assert_eq!(read_newest(odd), 0);
    }
}
