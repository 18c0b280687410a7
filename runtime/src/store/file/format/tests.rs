use zeyos_core::Timestamp;

use super::*;
use crate::TokenSet;

fn record() -> TokenRecord {
    let tokens = TokenSet::bearer("access").with_refresh_token("refresh");
    TokenRecord { generation: 7, tokens: Some(tokens), ..TokenRecord::default() }
}

fn pending() -> Pending {
    let since = Timestamp::from_unix(1_800_000_000);
    Pending { generation: 7, refresh_token_hash: Some(hash(b"refresh")), since, request_id: "q1".into() }
}

#[test]
fn a_pending_marker_that_was_cut_counts_as_one_of_what_the_record_holds() {
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
fn the_notes_of_the_lock_file_come_back_and_are_none_where_they_cannot_be_read() {
    let asked = Asked { refresh_token_hash: "00ff".into(), at: Timestamp::from_unix(1_800_000_000) };
    for asked in [None, Some(asked)] {
        let notes = Notes { newest: 7, asked };
        assert_eq!(read_notes(&write_notes(&notes)), notes);
    }
    for odd in [&b""[..], b"7", br#"{"newest": 7}"#, &write_notes(&Notes { newest: u64::MAX, asked: None })] {
        assert_eq!(read_notes(odd), Notes::default());
    }
    assert_eq!(read_notes(&seal(&json!({ "newest": 7 }))).newest, 7, "as an earlier version wrote them");
}
