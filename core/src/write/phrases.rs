//! Rules in words.

use std::fmt;

use super::rules::{Class, Kind, Literal, Rule, Test};

/// All tests of a column in one phrase.
pub(super) struct Tests(pub &'static [Test]);

impl fmt::Display for Tests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        joined(f, self.0, " and ")
    }
}

fn joined<T: fmt::Display>(f: &mut fmt::Formatter<'_>, parts: &[T], joint: &str) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            f.write_str(joint)?;
        }
        part.fmt(f)?;
    }
    Ok(())
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Min(number) => write!(f, "at least {number}"),
            Test::Max(number) => write!(f, "at most {number}"),
            Test::Above(number) => write!(f, "more than {number}"),
            Test::Equals(literal) => literal.fmt(f),
            Test::Not(literal) => write!(f, "not {literal}"),
            Test::OneOf(literals) => {
                f.write_str("one of ")?;
                joined(f, literals, ", ")
            }
            Test::NoneOf(literals) => {
                f.write_str("none of ")?;
                joined(f, literals, ", ")
            }
            Test::Null(true) => f.write_str("null"),
            Test::Null(false) => f.write_str("not null"),
            Test::Text(class) => class.fmt(f),
            Test::MaxLength(most) => write!(f, "at most {most} characters"),
            Test::Matches(pattern) => write!(f, "a match of {pattern}"),
            Test::MatchesNot(pattern) => write!(f, "no match of {pattern}"),
            Test::Json(kinds) => {
                f.write_str("JSON that is ")?;
                joined(f, kinds, " or ")
            }
            Test::NotEmpty => f.write_str("not an empty object"),
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Class::Line => "one line without blanks at its ends",
            Class::FilledLine => "one line, not empty, without blanks at its ends",
            Class::Block => "text without blanks and line breaks at its ends",
            Class::EndTrimmed => "text without blanks and line breaks at its end",
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Map => "an object",
            Kind::List => "an array",
        })
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("null"),
            Literal::Number(number) => number.fmt(f),
            Literal::Text("") => f.write_str("empty"),
            Literal::Text(text) => write!(f, "{text:?}"),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Column(column, test) => write!(f, "{column} is {test}"),
            Rule::All(rules) => joined(f, rules, " and "),
            Rule::Any(rules) => joined(f, rules, " or "),
            Rule::AtMostOne(columns) => write!(f, "at most one of {} is set", columns.join(", ")),
            Rule::ExactlyOne(columns) => write!(f, "exactly one of {} is set", columns.join(", ")),
            Rule::InOrder(first, second) => write!(f, "{first} is not greater than {second}"),
            Rule::Distinct(first, second) => write!(f, "{first} and {second} differ"),
            Rule::Cases(cases, otherwise) => {
                for (when, then) in *cases {
                    write!(f, "if {when} then {then}; ")?;
                }
                match otherwise {
                    Rule::All([]) => f.write_str("otherwise anything"),
                    otherwise => write!(f, "otherwise {otherwise}"),
                }
            }
        }
    }
}
