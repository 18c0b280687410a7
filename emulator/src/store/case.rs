//! Capitals and small letters as PostgreSQL's `upper` and `lower` have them: one character for one, whatever stands around
//! it. So a final sigma stays one, and a sharp s has no capital.

/// The small letters of a text.
pub(crate) fn lower(text: &str) -> String {
    text.chars().map(lower_of).collect()
}

/// The small letter of a character, or the character itself.
pub(crate) fn lower_of(character: char) -> char {
    match character {
        // The only one whose small letter Unicode writes as two characters; alone it is this.
        'İ' => 'i',
        _ => only(character.to_lowercase()).unwrap_or(character),
    }
}

/// The capital of a character, or the character itself.
pub(crate) fn upper_of(character: char) -> char {
    let shifted = |by: u32| char::from_u32(u32::from(character) + by).unwrap_or(character);
    match character {
        // Greek letters with an iota below, whose capitals are written as two characters or alone as one.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => shifted(8),
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => shifted(9),
        _ => only(character.to_uppercase()).unwrap_or(character),
    }
}

/// The single character of several, if it is one.
fn only(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_has_one_small_letter_and_one_capital() {
        for (character, small, capital) in [
            ('a', 'a', 'A'),
            ('Ø', 'ø', 'Ø'),
            ('ſ', 'ſ', 'S'),
            ('ς', 'ς', 'Σ'),
            ('Σ', 'σ', 'Σ'),
            ('ß', 'ß', 'ß'),
            ('ẞ', 'ß', 'ẞ'),
            ('ǅ', 'ǆ', 'Ǆ'),
            ('ǆ', 'ǆ', 'Ǆ'),
            ('İ', 'i', 'İ'),
            ('ᾀ', 'ᾀ', 'ᾈ'),
            ('ῳ', 'ῳ', 'ῼ'),
            ('K', 'k', 'K'),
            ('7', '7', '7'),
        ] {
            assert_eq!((lower_of(character), upper_of(character)), (small, capital), "{character}");
        }
    }

    #[test]
    fn no_letter_depends_on_its_place() {
        assert_eq!(lower("ΟΔΟΣ"), "οδοσ");
    }
}
