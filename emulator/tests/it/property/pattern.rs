//! Patterns as trees: a random one, its spelling in the grammar of PostgreSQL, and a matcher that walks the tree. The
//! matcher reads no spelling and uses no library.

use std::collections::BTreeSet;

use super::random::Random;

/// A regular expression.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// The letters at the front, such as `(?i)`.
    front: &'static str,
    body: Node,
}

#[derive(Debug, Clone)]
enum Node {
    Character(char),
    Any,
    Set {
        without: bool,
        parts: Vec<Part>,
    },
    Row(Vec<Node>),
    Either(Vec<Node>),
    /// The atom, how often at least, at most.
    Repeat(Box<Node>, usize, Option<usize>),
    Place(Place),
}

#[derive(Debug, Clone)]
enum Part {
    Character(char),
    Range(char, char),
    /// A class with its spelling inside brackets.
    Class(&'static str),
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Start,
    End,
    VeryStart,
    VeryEnd,
    WordStart,
    WordEnd,
    Edge,
    NoEdge,
}

const CHARACTERS: [char; 22] =
    ['s', 'e', 'a', 'l', 'S', 'p', 'u', 'm', '4', '0', '7', ' ', '-', '&', '[', ']', '~', '.', '\\', 'æ', 'Æ', '%'];
const CLASSES: [&str; 8] = ["[:alpha:]", "[:digit:]", "[:space:]", "[:upper:]", "[:lower:]", "[:alnum:]", "\\d", "\\w"];

impl Pattern {
    pub(super) fn random(random: &mut Random) -> Self {
        let front = random.word(&["", "", "", "", "(?i)", "(?c)", "(?n)", "***:", "(?#why)"]);
        Self { front, body: Node::random(random, 3) }
    }

    /// How PostgreSQL spells it.
    pub(super) fn spelling(&self) -> String {
        let mut out = self.front.to_owned();
        self.body.spell(&mut out);
        out
    }

    /// Whether it is found somewhere in a text.
    pub(super) fn is_in(&self, text: &str, ignore_case: bool) -> bool {
        let ignore_case = match self.front {
            "(?i)" => true,
            "(?c)" => false,
            _ => ignore_case,
        };
        let text = Text { characters: text.chars().collect(), ignore_case, by_line: self.front == "(?n)" };
        (0..=text.characters.len()).any(|start| !self.body.ends(&text, start).is_empty())
    }
}

struct Text {
    characters: Vec<char>,
    ignore_case: bool,
    by_line: bool,
}

impl Text {
    fn is_word(&self, at: Option<usize>) -> bool {
        at.and_then(|at| self.characters.get(at)).is_some_and(|c| c.is_alphanumeric() || *c == '_')
    }

    /// Whether a condition holds of a character, or of its other case where case does not count.
    fn holds(&self, character: char, condition: impl Fn(char) -> bool) -> bool {
        let other = || character.to_lowercase().chain(character.to_uppercase()).any(&condition);
        condition(character) || (self.ignore_case && other())
    }
}

impl Node {
    fn random(random: &mut Random, depth: usize) -> Self {
        match random.below(if depth == 0 { 5 } else { 9 }) {
            0..=2 => Self::Character(*random.pick(&CHARACTERS)),
            3 => Self::Any,
            4 => Self::set(random),
            5 => Self::Either((0..1 + random.below(3)).map(|_| Self::random(random, depth - 1)).collect()),
            6 => {
                let least = random.below(3);
                let most = if random.once_in(2) { None } else { Some(least + random.below(3)) };
                Self::Repeat(Box::new(Self::random(random, depth - 1)), least, most)
            }
            7 => Self::Place(*random.pick(&[
                Place::Start,
                Place::End,
                Place::VeryStart,
                Place::VeryEnd,
                Place::WordStart,
                Place::WordEnd,
                Place::Edge,
                Place::NoEdge,
            ])),
            _ => Self::Row((0..1 + random.below(4)).map(|_| Self::random(random, depth - 1)).collect()),
        }
    }

    fn set(random: &mut Random) -> Self {
        let part = |random: &mut Random| match random.below(4) {
            0 => Part::Class(random.word(&CLASSES)),
            1 => Part::Range(*random.pick(&['a', 'A', '0', '+']), *random.pick(&['m', 'z', 'l'])),
            _ => Part::Character(*random.pick(&CHARACTERS)),
        };
        Self::Set { without: random.once_in(3), parts: (0..1 + random.below(3)).map(|_| part(random)).collect() }
    }

    fn spell(&self, out: &mut String) {
        match self {
            Self::Character(character) => {
                if "\\.[]()*+?{}|^$".contains(*character) {
                    out.push('\\');
                }
                out.push(*character);
            }
            Self::Any => out.push('.'),
            Self::Set { without, parts } => spell_set(*without, parts, out),
            Self::Row(nodes) => nodes.iter().for_each(|node| node.spell(out)),
            Self::Either(nodes) => {
                out.push('(');
                for (index, node) in nodes.iter().enumerate() {
                    if index > 0 {
                        out.push('|');
                    }
                    node.spell(out);
                }
                out.push(')');
            }
            Self::Repeat(node, least, most) => {
                out.push_str("(?:");
                node.spell(out);
                out.push(')');
                out.push_str(&match (least, most) {
                    (0, None) => "*".to_owned(),
                    (1, None) => "+".to_owned(),
                    (0, Some(1)) => "?".to_owned(),
                    (least, None) => format!("{{{least},}}"),
                    (least, Some(most)) if least == most => format!("{{{least}}}"),
                    (least, Some(most)) => format!("{{{least},{most}}}?"),
                });
            }
            Self::Place(place) => out.push_str(match place {
                Place::Start => "^",
                Place::End => "$",
                Place::VeryStart => "\\A",
                Place::VeryEnd => "\\Z",
                Place::WordStart => "\\m",
                Place::WordEnd => "[[:>:]]",
                Place::Edge => "\\y",
                Place::NoEdge => "\\Y",
            }),
        }
    }

    /// Where a match that begins here can end.
    fn ends(&self, text: &Text, at: usize) -> BTreeSet<usize> {
        let next = text.characters.get(at).copied();
        let step = |yes: bool| BTreeSet::from_iter(yes.then_some(at + 1));
        match self {
            Self::Character(character) => step(next.is_some_and(|next| text.holds(next, |c| c == *character))),
            Self::Any => step(next.is_some_and(|next| !(text.by_line && next == '\n'))),
            Self::Set { without, parts } => step(next.is_some_and(|next| {
                let inside = parts.iter().any(|part| part.holds(text, next));
                inside != *without && !(*without && text.by_line && next == '\n')
            })),
            Self::Row(nodes) => nodes.iter().fold(BTreeSet::from([at]), |places, node| {
                places.into_iter().flat_map(|place| node.ends(text, place)).collect()
            }),
            Self::Either(nodes) => nodes.iter().flat_map(|node| node.ends(text, at)).collect(),
            Self::Repeat(node, least, most) => repeated(node, *least, *most, text, at),
            Self::Place(place) => BTreeSet::from_iter(place.is_at(text, at).then_some(at)),
        }
    }
}

/// The ends after as many rounds as are allowed. More rounds than there are characters lead nowhere new.
fn repeated(node: &Node, least: usize, most: Option<usize>, text: &Text, at: usize) -> BTreeSet<usize> {
    let (mut places, mut found) = (BTreeSet::from([at]), BTreeSet::new());
    let last = most.unwrap_or(least + text.characters.len());
    for round in 0..=last {
        if round >= least {
            found.extend(&places);
        }
        places = places.into_iter().flat_map(|place| node.ends(text, place)).collect();
    }
    found
}

fn spell_set(without: bool, parts: &[Part], out: &mut String) {
    out.push_str(if without { "[^" } else { "[" });
    // A closing bracket is plain at the front, an opening one and a hyphen at the end: they are moved there.
    let is = |part: &&Part, character: char| matches!(part, Part::Character(c) if *c == character);
    if parts.iter().any(|part| is(&part, ']')) {
        out.push(']');
    }
    for part in parts.iter().filter(|part| !"[]-".chars().any(|moved| is(part, moved))) {
        match part {
            Part::Character('\\') => out.push_str("\\\\"),
            Part::Character(character) => out.push(*character),
            Part::Range(from, to) => out.push_str(&format!("{from}-{to}")),
            Part::Class(class) => out.push_str(class),
        }
    }
    for last in ['[', '-'] {
        if parts.iter().any(|part| is(&part, last)) {
            out.push(last);
        }
    }
    out.push(']');
}

impl Part {
    fn holds(&self, text: &Text, next: char) -> bool {
        text.holds(next, |c| match self {
            Self::Character(character) => c == *character,
            Self::Range(from, to) => (*from..=*to).contains(&c),
            Self::Class("[:alpha:]") => c.is_alphabetic(),
            Self::Class("[:digit:]" | "\\d") => c.is_ascii_digit(),
            Self::Class("[:space:]") => c.is_whitespace(),
            Self::Class("[:upper:]") => c.is_uppercase(),
            Self::Class("[:lower:]") => c.is_lowercase(),
            Self::Class("[:alnum:]") => c.is_alphanumeric(),
            Self::Class(_) => c.is_alphanumeric() || c == '_',
        })
    }
}

impl Place {
    fn is_at(self, text: &Text, at: usize) -> bool {
        let length = text.characters.len();
        let before = text.is_word(at.checked_sub(1));
        let after = text.is_word(Some(at));
        let broken = |at: Option<usize>| text.by_line && at.and_then(|at| text.characters.get(at)) == Some(&'\n');
        match self {
            Self::Start => at == 0 || broken(at.checked_sub(1)),
            Self::End => at == length || broken(Some(at)),
            Self::VeryStart => at == 0,
            Self::VeryEnd => at == length,
            Self::WordStart => !before && after,
            Self::WordEnd => before && !after,
            Self::Edge => before != after,
            Self::NoEdge => before == after,
        }
    }
}

/// A LIKE pattern.
#[derive(Debug, Clone)]
pub(super) struct Like(Vec<Piece>);

#[derive(Debug, Clone, Copy)]
enum Piece {
    AnyText,
    AnyCharacter,
    Character(char, bool),
}

impl Like {
    /// One that is close to a text: some of its characters have become wildcards.
    pub(super) fn random(random: &mut Random, near: &str) -> Self {
        let mut pieces = Vec::new();
        for character in near.chars() {
            pieces.push(match random.below(8) {
                0 => Piece::AnyText,
                1 => Piece::AnyCharacter,
                2 if random.once_in(3) => Piece::Character(*random.pick(&CHARACTERS), false),
                _ => Piece::Character(character, random.once_in(5)),
            });
        }
        if random.once_in(2) {
            pieces.truncate(random.below(4));
            pieces.insert(0, Piece::AnyText);
            pieces.push(Piece::AnyText);
        }
        Self(pieces)
    }

    pub(super) fn spelling(&self) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::AnyText => out.push('%'),
                Piece::AnyCharacter => out.push('_'),
                Piece::Character(character, escaped) => {
                    if *escaped || matches!(character, '%' | '_' | '\\') {
                        out.push('\\');
                    }
                    out.push(*character);
                }
            }
        }
        out
    }

    /// Whether it fits a whole text.
    pub(super) fn fits(&self, text: &str, ignore_case: bool) -> bool {
        let text: Vec<char> = text.chars().collect();
        let mut places = BTreeSet::from([0]);
        for piece in &self.0 {
            let after = |at: usize| -> BTreeSet<usize> {
                match (piece, text.get(at)) {
                    (Piece::AnyText, _) => (at..=text.len()).collect(),
                    (Piece::AnyCharacter, Some(_)) => BTreeSet::from([at + 1]),
                    (Piece::Character(wanted, _), Some(found)) if equal(*wanted, *found, ignore_case) => {
                        BTreeSet::from([at + 1])
                    }
                    _ => BTreeSet::new(),
                }
            };
            places = places.into_iter().flat_map(after).collect();
        }
        places.contains(&text.len())
    }
}

fn equal(left: char, right: char, ignore_case: bool) -> bool {
    left == right || (ignore_case && left.to_lowercase().eq(right.to_lowercase()))
}
