//! The letters at the very front of a pattern, as in `(?i)`.

/// What the letters at the very front of a pattern change, as in `(?i)`.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub ignore_case: bool,
    /// The rest is not a pattern but plain text.
    pub literal: bool,
    /// `^` and `$` match at lines too.
    pub at_lines: bool,
    /// `.` and `[^a]` match no line break.
    pub within_lines: bool,
    /// Blanks and comments do not count.
    pub expanded: bool,
}

impl Options {
    /// Takes the options from the front of a pattern; answers the rest.
    pub(super) fn embedded<'a>(&mut self, pattern: &'a str) -> Option<&'a str> {
        let Some(after) = pattern.strip_prefix("(?").filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
        else {
            return Some(pattern);
        };
        let (letters, rest) = after.split_once(')')?;
        for letter in letters.chars() {
            match letter {
                'c' => self.ignore_case = false,
                'i' => self.ignore_case = true,
                'm' | 'n' => (self.at_lines, self.within_lines) = (true, true),
                'p' => (self.at_lines, self.within_lines) = (false, true),
                'w' => (self.at_lines, self.within_lines) = (true, false),
                's' => (self.at_lines, self.within_lines) = (false, false),
                'q' => self.literal = true,
                't' => self.expanded = false,
                'x' => self.expanded = true,
                // The two older grammars, `b` and `e`, are not offered.
                _ => return None,
            }
        }
        Some(rest)
    }
}
