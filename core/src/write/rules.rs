//! The rules of a table as emitted code states them. Their words are those of `x-check` and `x-checks`.

/// What the values of a record must meet.
#[derive(Debug)]
pub struct Rules {
    /// Rules about one column each. All of its tests must hold.
    pub columns: &'static [(&'static str, &'static [Test])],
    /// Rules about whole rows, by their published names.
    pub rows: &'static [(&'static str, Rule)],
    /// What columns of row rules have where a create does not send them. A column that is not here is filled by the server.
    pub absent: &'static [(&'static str, Literal)],
    /// Columns in which an empty text of a create stands for the next number of a count.
    pub drawn: &'static [&'static str],
}

/// A rule about a row.
#[derive(Debug)]
pub enum Rule {
    /// A test of this column.
    Column(&'static str, Test),
    /// All of these.
    All(&'static [Rule]),
    /// At least one of these.
    Any(&'static [Rule]),
    /// At most one of these columns is not null.
    AtMostOne(&'static [&'static str]),
    /// Exactly one of these columns is not null.
    ExactlyOne(&'static [&'static str]),
    /// The first is not greater than the second.
    InOrder(&'static str, &'static str),
    /// The two differ.
    Distinct(&'static str, &'static str),
    /// The rule beside the first condition that is true, or else the last one.
    Cases(&'static [(Rule, Rule)], &'static Rule),
}

/// A test of one value.
#[derive(Debug)]
pub enum Test {
    /// At least this number.
    Min(f64),
    /// At most this number.
    Max(f64),
    /// Greater than this number.
    Above(f64),
    /// This value.
    Equals(Literal),
    /// Any other value.
    Not(Literal),
    /// One of these values.
    OneOf(&'static [Literal]),
    /// None of these values.
    NoneOf(&'static [Literal]),
    /// Whether it is null.
    Null(bool),
    /// A class of text.
    Text(Class),
    /// A text of at most so many characters.
    MaxLength(usize),
    /// A text in which this regular expression is found.
    Matches(&'static str),
    /// A text in which this regular expression is not found.
    MatchesNot(&'static str),
    /// JSON of one of these kinds.
    Json(&'static [Kind]),
    /// JSON other than an empty object.
    NotEmpty,
}

/// A class of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// One line without blanks at its ends.
    Line,
    /// The same and not empty.
    FilledLine,
    /// Lines without blanks and line breaks at their ends.
    Block,
    /// Lines without blanks and line breaks at the end.
    EndTrimmed,
}

/// A kind of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An object.
    Map,
    /// An array.
    List,
}

/// A value that a rule names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Literal {
    /// Null.
    Null,
    /// A number.
    Number(f64),
    /// A text.
    Text(&'static str),
}
