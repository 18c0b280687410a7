//! What is found, and what is left alone. The encoders share nothing with the decoders.

mod encoders;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoders::{ENCODERS, Encoder, Random};

use super::*;

const TOKEN: &str = "519d6241f455abbe0123456789abcdef01234567";

fn clean(text: &str) -> String {
    Scrubber::new([&TOKEN.into(), &"p&s wörd".into(), &"ab".into(), &"hunter2".into()]).clean(text)
}

#[test]
fn a_secret_goes_in_every_form() {
    let hex: String = TOKEN.bytes().map(|byte| format!("{byte:02X}")).collect();
    for echo in [
        TOKEN.to_owned(),
        STANDARD.encode(TOKEN),
        STANDARD.encode(format!("app:{TOKEN}")),
        STANDARD.encode(format!("appl:{TOKEN}!")),
        STANDARD.encode(format!("my-ap:{TOKEN}")),
        hex,
        "p%26s%20w%C3%B6rd".to_owned(),
        "p%26s+w%c3%b6rd".to_owned(),
        "p&s wörd".to_owned(),
        "hunter2".to_owned(),
        STANDARD.encode("x:hunter2"),
    ] {
        let cleaned = clean(&format!("we got {echo} from you"));
        assert!(cleaned.starts_with("we got ") && cleaned.ends_with(" from you"), "{cleaned}");
        assert!(cleaned.contains("[redacted]") && cleaned.len() < 50, "{echo}: {cleaned}");
    }
}

#[test]
fn pieces_of_a_secret_go_from_twelve_characters_on() {
    assert_eq!(clean(&format!("cut {}", &TOKEN[7..19])), "cut [redacted]");
    assert_eq!(clean(&format!("cut {}", &TOKEN[7..18])), format!("cut {}", &TOKEN[7..18]));
    assert_eq!(clean(&format!("{}-{}", &TOKEN[..20], &TOKEN[20..])), "[redacted]-[redacted]");
}

#[test]
fn other_text_stays_up_to_200_characters_on_one_line() {
    assert_eq!(clean("Forbidden:\r\nabout tabs"), "Forbidden:  about tabs");
    assert_eq!(clean(&"ü".repeat(5000)).chars().count(), EXCERPT);
    assert_eq!(Scrubber::new([]).clean("plain"), "plain");
}

#[test]
fn an_excerpt_does_not_end_within_a_secret() {
    let cleaned = clean(&format!("{}{TOKEN}", "x".repeat(195)));
    assert_eq!(cleaned, format!("{}[reda", "x".repeat(195)));
}

/// Fifty secrets that have every printable character of ASCII between them, and some others: short ones, long ones, one with all.
fn secrets(random: &mut Random) -> Vec<String> {
    let printable: Vec<char> = (' '..='~').collect();
    let others: Vec<char> = "äößéñÅłŠ€„中я\u{a0}😀𝔘".chars().collect();
    let mut secrets = Vec::new();
    while secrets.len() < 50 {
        let mut left = printable.clone();
        let length = [4, 6, 11, 12, 13, 20, 40, left.len()][secrets.len() % 8];
        let mut secret: String = (0..length).map(|_| left.swap_remove(random.below(left.len()))).collect();
        if secrets.len() % 3 == 1 {
            let at = random.below(length);
            secret.insert(at, others[random.below(others.len())]);
        }
        secrets.push(secret);
    }
    let all: String = secrets.concat();
    assert!(printable.iter().all(|character| all.contains(*character)));
    secrets
}

/// Fails unless nothing of the echo is left, and all that stands around it.
#[track_caller]
fn assert_gone(scrubber: &Scrubber, secret: &str, echo: &str, how: &str) {
    let cleaned = scrubber.clean(&format!("we got {echo} from you"));
    assert_eq!(cleaned, "we got [redacted] from you", "{secret:?} {how}: {echo}");
}

/// The same between characters that could be taken for a part of it.
#[track_caller]
fn assert_gone_between(scrubber: &Scrubber, secret: &str, echo: &str, how: &str) {
    for (before, behind) in
        [("{\"pw\":\"", "\"}"), ("<b>", "</b>"), ("?pw=", "&x=y"), ("p['", "']"), ("\\", ";"), ("&", "%")]
    {
        let cleaned = scrubber.clean(&format!("{before}{echo}{behind}"));
        let rest = cleaned.replacen("[redacted]", "", 1);
        let most = before.trim().len() + behind.len();
        assert!(
            rest.len() < cleaned.len() && rest.len() <= most,
            "{secret:?} {how}, {before}{behind}: {echo}: {cleaned}"
        );
    }
}

#[test]
fn fault_66_every_secret_goes_in_every_escape() {
    let mut random = Random(66);
    for (number, secret) in secrets(&mut random).into_iter().enumerate() {
        let scrubber = Scrubber::new([&Secret::from(secret.as_str())]);
        for (first, Encoder { name, encode }) in ENCODERS.into_iter().enumerate() {
            let echo = encode(&secret, &mut random);
            assert_gone(&scrubber, &secret, &echo, name);
            assert_gone_between(&scrubber, &secret, &echo, name);
            // Each pair with a tenth of the secrets.
            for Encoder { name: then, encode } in ENCODERS.into_iter().skip((number + first) % 10).step_by(10) {
                let echo = encode(&echo, &mut random);
                if echo.len() < 4000 {
                    assert_gone(&scrubber, &secret, &echo, &format!("{name}, {then}"));
                }
            }
        }
    }
}

#[test]
fn fault_66_every_secret_goes_in_escapes_mixed_by_chance() {
    let mut random = Random(6666);
    let (mut looked_at, mut deepest) = (0, 0);
    while looked_at < 1000 {
        for secret in secrets(&mut random) {
            let depth = 1 + random.below(5);
            let (mut echo, mut how) = (secret.clone(), Vec::new());
            for _ in 0..depth {
                let Encoder { name, encode } = ENCODERS[random.below(ENCODERS.len())];
                let next = encode(&echo, &mut random);
                if next.len() < 3500 {
                    echo = next;
                    how.push(name);
                }
            }
            let scrubber = Scrubber::new([&Secret::from(secret.as_str())]);
            assert_gone(&scrubber, &secret, &echo, &how.join(", "));
            looked_at += 1;
            deepest = deepest.max(how.len());
        }
    }
    assert_eq!(deepest, 5);
}

#[test]
fn fault_66_a_piece_of_a_secret_goes_in_every_escape() {
    let mut random = Random(12);
    for secret in secrets(&mut random).into_iter().filter(|secret| secret.chars().count() > 20) {
        let scrubber = Scrubber::new([&Secret::from(secret.as_str())]);
        let start = random.below(secret.chars().count() - 12);
        let piece: String = secret.chars().skip(start).take(12).collect();
        for Encoder { name, encode } in ENCODERS {
            let echo = encode(&piece, &mut random);
            let cleaned = scrubber.clean(&format!("cut[{echo}]off"));
            assert_eq!(cleaned, "cut[[redacted]]off", "{piece:?} {name}: {echo}");
        }
    }
}

#[test]
fn fault_66_encoded_forms_go_in_every_escape() {
    let mut random = Random(64);
    for secret in secrets(&mut random).into_iter().filter(|secret| secret.len() > 12) {
        let scrubber = Scrubber::new([&Secret::from(secret.as_str())]);
        let pair: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let hex: String = secret.bytes().map(|byte| format!("{byte:02X}")).collect();
        for form in [STANDARD.encode(&secret), hex, STANDARD.encode(format!("app:{pair}"))] {
            for Encoder { name, encode } in ENCODERS {
                let echo = encode(&form, &mut random);
                let cleaned = scrubber.clean(&format!("we got {echo} from you"));
                let most = "we got [redacted] from you".len() + 16 * 6;
                assert!(cleaned.contains("[redacted]") && cleaned.len() < most, "{secret:?} {name}: {echo}: {cleaned}");
            }
        }
    }
}

#[test]
fn fault_66_ordinary_text_stays() {
    let mut random = Random(200);
    let secrets: Vec<Secret> = secrets(&mut random).into_iter().map(Secret::from).collect();
    let scrubber = Scrubber::new(&secrets);
    for text in [
        r#"{"error":"invalid_request","error_description":"The parameter \u0022limit\u0022 must be at most 10000\/call"}"#,
        "<!DOCTYPE html><html><head><title>404 Not Found</title></head><body><h1>Not Found</h1><hr>nginx/1.24.0</body></html>",
        "Forbidden: you may not read &quot;tickets&quot; &amp; &#39;accounts&#39; &ndash; ask M&uuml;ller &lt;it@example.com&gt;",
        r#"PHP Warning: Undefined array key \"visibility\" in C:\www\api\v1\list.php on line 117"#,
        "ERROR: column t.foo does not exist at character 42 (SQLSTATE 42703) LINE 1: SELECT t.foo FROM tickets t WHERE name = 'O''Hara'",
        "GET /api/v1/tickets?filters%5Bname%5D=a%20b+c&limit=10&sort=%2Dlastmodified HTTP/1.1 =3D=C3=A4 100%",
        "the value \u{201e}äöü\u{201c} of \\u00fcber \\x41 is too long: 12345678901234567890 > 65535; & so on &copy 2026",
    ] {
        let whole: String = text.chars().take(EXCERPT).collect();
        assert_eq!(scrubber.clean(text), whole);
    }
}

/// The work is bounded by the length of the text, however it is made. What takes more is not shown.
#[test]
fn fault_66_no_text_takes_more_than_its_share_of_work() {
    let parts =
        ["a", "\\", "%25", "&amp;", "'", "=3D", "&#38;", "%5c", "\\x5c", "\\u0025", "&#x26", "%u0026", "+", "''"];
    let alike: Vec<Secret> = parts.map(|part| Secret::from(part.repeat(40))).into();
    let scrubber = Scrubber::new(&alike);
    let mut random = Random(4096);
    let mut texts: Vec<Vec<&str>> = parts.map(|part| vec![part]).into();
    texts.extend((0..30).map(|_| (0..3).map(|_| parts[random.below(parts.len())]).collect()));
    texts.push(vec!["\\", "'", "''"]);
    let mut exhausted = 0;
    for parts in texts {
        let mut text = String::new();
        while text.len() < LOOKED_AT {
            text.push_str(parts[random.below(parts.len())]);
        }
        text.truncate(LOOKED_AT);
        let readings = Readings::of(&text);
        let most = (0..text.len()).map(|place| readings.at(place).len()).max();
        assert!(most <= Some(readings::MOST), "{parts:?}: {most:?}");
        let found: Vec<_> =
            (0..text.len()).map(|place| scrubber.found(&readings, place, scrubber.pieces.all())).collect();
        if readings.is_exhausted() {
            exhausted += 1;
            assert!(found.contains(&None), "{parts:?}");
            assert_eq!(scrubber.clean(&text), "[redacted]", "{parts:?}");
        }
    }
    assert!(exhausted > 0);
}
