//! What servers do to a text before they write it. Written from the rules of each notation, not from the decoders.

use std::fmt::Write as _;

/// Numbers that look random and are the same in every run (xorshift).
pub(super) struct Random(pub u64);

impl Random {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}

#[derive(Clone, Copy)]
pub(super) struct Encoder {
    pub name: &'static str,
    pub encode: fn(&str, &mut Random) -> String,
}

const fn encoder(name: &'static str, encode: fn(&str, &mut Random) -> String) -> Encoder {
    Encoder { name, encode }
}

pub(super) const ENCODERS: [Encoder; 27] = [
    encoder("as it is", |text, _| text.to_owned()),
    encoder("json", |text, _| json(text, false, false)),
    encoder("json in ascii", |text, _| json(text, true, false)),
    encoder("json in ascii, upper case", |text, _| json(text, true, true)),
    encoder("json as php writes it", |text, _| json(text, true, false).replace('/', "\\/")),
    encoder("json, all by number", units),
    encoder("json, hexadecimal quotes", |text, _| {
        let text = json(text, true, false);
        text.replace("\\\"", "\\u0022").replace('<', "\\u003C").replace('&', "\\u0026").replace('\'', "\\u0027")
    }),
    encoder("html", |text, _| html(text, false)),
    encoder("html, named", |text, _| html(text, true)),
    encoder("html, decimal", |text, _| references(text, |c| format!("&#{};", u32::from(c)))),
    encoder("html, hexadecimal", |text, _| references(text, |c| format!("&#x{:x};", u32::from(c)))),
    encoder("html, upper case", |text, _| references(text, |c| format!("&#X{:X};", u32::from(c)))),
    encoder("html, leading zeros", |text, _| references(text, |c| format!("&#{:07};", u32::from(c)))),
    encoder("html, no semicolon", |text, _| references(text, |c| format!("&#x{:04x}", u32::from(c)))),
    encoder("html, some characters", |text, random| {
        let mut out = String::new();
        for character in text.chars() {
            if random.coin() { out.push(character) } else { write!(out, "&#{};", u32::from(character)).unwrap() }
        }
        // What begins like a reference but is none is escaped by every encoder.
        if text.contains('&') { html(text, false) } else { out }
    }),
    encoder("percent", |text, _| percent(text, b"-._~", true)),
    encoder("percent, lower case", |text, _| percent(text, b"-._~", false)),
    encoder("percent, all", |text, _| text.bytes().fold(String::new(), |out, byte| out + &format!("%{byte:02X}"))),
    encoder("percent, of a browser", |text, _| percent(text, b"-._~!$&'()*+,;=:@/?", true)),
    encoder("form", |text, _| percent(text, b"-._* ", true).replace(' ', "+")),
    encoder("php", |text, _| text.replace('\\', "\\\\").replace('\'', "\\'")),
    encoder("addslashes", |text, _| text.replace('\\', "\\\\").replace('\'', "\\'").replace('"', "\\\"")),
    encoder("sql", |text, _| text.replace('\'', "''")),
    encoder("csv", |text, _| text.replace('"', "\"\"")),
    encoder("javascript", javascript),
    encoder("bytes of python", |text, _| {
        text.bytes().fold(String::new(), |out, byte| match byte {
            b'\\' => out + "\\\\",
            b' '..=b'~' => out + char::from(byte).encode_utf8(&mut [0]),
            _ => out + &format!("\\x{byte:02x}"),
        })
    }),
    encoder("quoted-printable", |text, _| quoted_printable(text)),
];

fn json(text: &str, ascii: bool, upper: bool) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || (ascii && !c.is_ascii()) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    if upper { write!(out, "\\u{unit:04X}") } else { write!(out, "\\u{unit:04x}") }.unwrap();
                }
            }
            c => out.push(c),
        }
    }
    out
}

fn units(text: &str, random: &mut Random) -> String {
    let mut out = String::new();
    for unit in text.encode_utf16() {
        if random.coin() { write!(out, "\\u{unit:04x}") } else { write!(out, "\\u{unit:04X}") }.unwrap();
    }
    out
}

fn html(text: &str, named: bool) -> String {
    let mut out = String::new();
    for character in text.chars() {
        let name = match character {
            '&' => "amp",
            '<' => "lt",
            '>' => "gt",
            '"' => "quot",
            '\'' if named => "apos",
            '\'' => "#039",
            'ä' if named => "auml",
            'ö' if named => "ouml",
            'ß' if named => "szlig",
            'é' if named => "eacute",
            'ñ' if named => "ntilde",
            'Å' if named => "angst",
            'ł' if named => "lstrok",
            'Š' if named => "Scaron",
            '€' if named => "euro",
            '„' if named => "ldquor",
            'я' if named => "yacy",
            '\u{a0}' if named => "nbsp",
            '𝔘' if named => "Ufr",
            '!' if named => "excl",
            '#' if named => "num",
            '$' if named => "dollar",
            '%' if named => "percnt",
            '(' if named => "lpar",
            '*' if named => "ast",
            '+' if named => "plus",
            '/' if named => "sol",
            ':' if named => "colon",
            ';' if named => "semi",
            '=' if named => "equals",
            '?' if named => "quest",
            '@' if named => "commat",
            '[' if named => "lbrack",
            '\\' if named => "bsol",
            '^' if named => "Hat",
            '_' if named => "lowbar",
            '`' if named => "grave",
            '{' if named => "lbrace",
            '|' if named => "vert",
            '}' if named => "rcub",
            other => {
                out.push(other);
                continue;
            }
        };
        write!(out, "&{name};").unwrap();
    }
    out
}

fn references(text: &str, one: impl Fn(char) -> String) -> String {
    text.chars().map(one).collect()
}

fn percent(text: &str, kept: &[u8], upper: bool) -> String {
    text.bytes().fold(String::new(), |out, byte| match byte {
        _ if byte.is_ascii_alphanumeric() || kept.contains(&byte) => out + char::from(byte).encode_utf8(&mut [0]),
        _ if upper => out + &format!("%{byte:02X}"),
        _ => out + &format!("%{byte:02x}"),
    })
}

fn javascript(text: &str, random: &mut Random) -> String {
    let mut out = String::new();
    for character in text.chars() {
        let number = u32::from(character);
        match random.below(3) {
            0 if number < 256 => write!(out, "\\x{number:02x}").unwrap(),
            1 => write!(out, "\\u{{{number:x}}}").unwrap(),
            _ => out.push_str(&json(&character.to_string(), true, true)),
        }
    }
    out
}

fn quoted_printable(text: &str) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for byte in text.bytes() {
        let one = match byte {
            b'=' | 0..=31 | 127.. => format!("={byte:02X}"),
            _ => char::from(byte).to_string(),
        };
        if column + one.len() > 75 {
            out.push_str("=\r\n");
            column = 0;
        }
        column += one.len();
        out.push_str(&one);
    }
    out
}
