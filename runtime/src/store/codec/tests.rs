use super::*;

fn record() -> TokenRecord {
    let first = TokenSet::bearer("first");
    let tokens = TokenSet::bearer("access").with_refresh_token("refresh");
    TokenRecord {
        generation: 7,
        lineage: Some(Lineage::first(&first).renewed(&tokens)),
        tokens: Some(tokens),
        lost: Some(SessionLoss::StaleStore),
        owner: Some("https://erp.example.com/demo app".to_owned()),
        introspection: Some(IntrospectionCheck::Contradicted),
    }
}

fn pending() -> Pending {
    Pending {
        generation: 7,
        refresh_token_hash: Some("00ff".to_owned()),
        since: Timestamp::from_unix(1_800_000_000),
        request_id: "q".to_owned(),
    }
}

fn kept(record: &TokenRecord) -> Result<StoredValue, Unreadable> {
    Ok(StoredValue::Record(Box::new(record.clone())))
}

#[test]
fn fault_84_a_record_survives_being_kept_with_every_cause_of_loss_and_every_check() {
    use SessionLoss::{Expired, Revoked, RotationOutcomeUnknown, StaleStore};
    for lost in [None, Some(RotationOutcomeUnknown), Some(StaleStore), Some(Revoked), Some(Expired)] {
        for introspection in [None, Some(IntrospectionCheck::Confirmed), Some(IntrospectionCheck::Contradicted)] {
            let record = TokenRecord { lost, introspection, ..record() };
            assert_eq!(decode_record(&encode_record(&record)), kept(&record));
        }
    }
    let empty = TokenRecord { generation: LAST_GENERATION, ..TokenRecord::default() };
    assert_eq!(decode_record(&encode_record(&empty)), kept(&empty));
}

#[test]
fn a_record_in_which_one_byte_differs_or_is_missing_is_none() {
    let text = encode_record(&record());
    for at in 0..text.len() - 1 {
        for flip in [1, 0x20, 0x80] {
            let mut changed = text.clone();
            changed[at] ^= flip;
            assert!(matches!(decode_record(&changed), Err(Unreadable::Corrupt(_))), "byte {at}");
        }
        assert!(matches!(decode_record(&text[..at]), Err(Unreadable::Corrupt(_))), "cut at {at}");
    }
}

/// Written by version 0.1.0 of the stores in Redis and in the keyring: without a checksum, and the losses in snake_case.
#[test]
fn fault_84_records_of_earlier_versions_are_read_with_the_same_meaning() {
    use SessionLoss::{Expired, Revoked, RotationOutcomeUnknown, StaleStore};
    for (name, lost) in [
        ("null", None),
        ("\"rotation_outcome_unknown\"", Some(RotationOutcomeUnknown)),
        ("\"stale_store\"", Some(StaleStore)),
        ("\"revoked\"", Some(Revoked)),
        ("\"expired\"", Some(Expired)),
        ("\"of a later version\"", Some(Revoked)),
    ] {
        let text = format!(
            r#"{{"format":1,"owner":"o c","generation":3,"tokens":{{"accessToken":"access","refreshToken":"refresh"}},"lost":{name}}}"#
        );
        let lineage = None;
        let expected =
            TokenRecord { generation: 3, lost, lineage, owner: Some("o c".into()), introspection: None, ..record() };
        assert_eq!(decode_record(text.as_bytes()), kept(&expected), "{name}");
        // And the file store of that version: sealed, in camelCase, with a format of its own for nothing.
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(decode_record(&seal(&value)), kept(&expected), "{name}");
    }
    for member in ["owner", "generation", "tokens", "lost"] {
        let mut value = json!({"format": 1, "owner": null, "generation": 3, "tokens": null, "lost": null});
        assert!(decode_record(value.to_string().as_bytes()).is_ok());
        value[member] = json!([1]);
        assert!(matches!(decode_record(value.to_string().as_bytes()), Err(Unreadable::Corrupt(_))), "{member}");
        value.as_object_mut().unwrap().remove(member);
        assert!(matches!(decode_record(value.to_string().as_bytes()), Err(Unreadable::Corrupt(_))), "{member}");
    }
}

#[test]
fn fault_70_a_bare_token_set_is_newer_than_all_that_was_kept() {
    let tokens = TokenSet::bearer("a").with_refresh_token("r");
    let bare = decode_record(br#"{"accessToken": "a", "refreshToken": "r"}"#).unwrap();
    assert_eq!(bare, StoredValue::Bare(Box::new(tokens.clone())));
    for (newest, generation) in [(0, 1), (6, 7), (LAST_GENERATION, LAST_GENERATION), (u64::MAX, LAST_GENERATION)] {
        let record = bare.clone().into_record(newest);
        assert_eq!((record.generation, record.tokens.as_ref()), (generation, Some(&tokens)));
    }
    for damaged in [r#"{"accessToken": "a", "generation": 3}"#, r#"{"x": "y"}"#, "[]", "{", "<html>"] {
        assert!(matches!(decode_record(damaged.as_bytes()), Err(Unreadable::Corrupt(_))), "{damaged}");
    }
}

#[test]
fn the_record_of_a_later_version_is_not_corrupt() {
    let later = seal(&json!({"format": 2, "whatever": []}));
    assert_eq!(decode_record(&later), Err(Unreadable::Newer));
    assert_eq!(decode_pending(&later), Err(Unreadable::Newer));
    // A digit that was changed is damage: every version from this one on seals what it writes.
    assert!(matches!(decode_record(br#"{"format": 2, "whatever": []}"#), Err(Unreadable::Corrupt(_))));
}

#[test]
fn a_generation_beyond_the_last_is_corrupt() {
    for generation in [LAST_GENERATION + 1, u64::MAX] {
        let text = encode_record(&TokenRecord { generation, ..record() });
        assert!(matches!(decode_record(&text), Err(Unreadable::Corrupt(_))));
    }
}

#[test]
fn a_pending_exchange_comes_back_as_it_was_and_half_of_it_does_not() {
    for holder in [None, Some("h")] {
        let text = encode_pending(&pending(), holder);
        assert_eq!(decode_pending(&text), Ok(pending()));
        for cut in 0..text.len() - 1 {
            assert!(matches!(decode_pending(&text[..cut]), Err(Unreadable::Corrupt(_))), "{cut}");
        }
    }
    let earlier =
        r#"{"format":1,"holder":"h","generation":7,"refreshTokenHash":"00ff","since":1800000000,"requestId":"q"}"#;
    assert_eq!(decode_pending(earlier.as_bytes()), Ok(pending()));
}

#[test]
fn a_pending_exchange_that_cannot_be_read_is_one_of_what_the_record_holds() {
    let unreadable = unreadable_pending(&record());
    assert_eq!(unreadable.generation, 7);
    assert_eq!(unreadable.refresh_token_hash, Some(hash(b"refresh")));
}
