//! The rules of a resource's table, so that a write can be checked against them before it is sent. The emulator's data has the same ones
//! (`emulator.rs`): it shares nothing with the client, so each gets them in its own form.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Literal as Token, TokenStream};
use quote::quote;

use super::ident;
use super::names::Names;
use crate::codegen::format::Fragment;
use crate::codegen::model::{ColumnFlag, ColumnTest, Literal, Rule, Table, TableColumn, Test};

/// The constant of the rules.
pub(super) const NAME: &str = "RULES";

/// Whether writes of a resource are checked against rules.
pub(super) fn has_rules(table: &Table) -> bool {
    !table.checks.is_empty() || written(table).any(|column| column.check.is_some() || column.max_length.is_some())
}

/// The step that holds a body of this type against them.
pub(super) fn step(table: Option<&Table>, body: &Ident) -> Option<TokenStream> {
    let name = ident(NAME);
    table.filter(|table| has_rules(table)).map(|_| quote!(.checked(#body::#name)))
}

/// The rules as a constant of the write type.
pub(super) fn fragment(table: &Table, write: &Ident) -> Option<Fragment> {
    let columns = written(table).filter_map(|column| {
        let (name, tests) = (&column.name, tests(column)?);
        (!tests.is_empty()).then(|| quote!((#name, &[#(#tests),*])))
    });
    let rows = table.checks.iter().filter(|(_, rule)| can_be_told(rule)).map(|(name, rule)| {
        let rule = of_row(rule);
        quote!((#name, #rule))
    });
    let spoken = spoken(table);
    let absent = table.columns.iter().filter(|column| spoken.contains(column.name.as_str())).filter_map(|column| {
        let (name, value) = (&column.name, literal(&absent(column)?));
        Some(quote!((#name, #value)))
    });
    let drawn = written(table).filter(|column| column.flags.contains(&ColumnFlag::Counter)).map(|column| &column.name);
    let name = ident(NAME);
    has_rules(table).then(|| {
        let rules = quote! {
            Rules {
                columns: &[#(#columns),*],
                rows: &[#(#rows),*],
                absent: &[#(#absent),*],
                drawn: &[#(#drawn),*],
            }
        };
        let words = Names::in_tokens(rules.clone()).used;
        let words = words.iter().map(|word| ident(word));
        Fragment::Item(quote! {
            impl<K> #write<K> {
                #[doc(hidden)]
                pub const #name: &'static zeyos_core::write::Rules = {
                    use zeyos_core::write::rules::{#(#words),*};
                    &#rules
                };
            }
        })
    })
}

/// The columns that a caller can send as they are stored.
fn written(table: &Table) -> impl Iterator<Item = &TableColumn> {
    let is_out = |column: &TableColumn| {
        column.hidden || column.flags.iter().any(|mark| matches!(mark, ColumnFlag::ReadOnly | ColumnFlag::File))
    };
    table.columns.iter().filter(move |column| !is_out(column))
}

/// What is asked of the values of a column; `None` where some of it cannot be told by a client.
fn tests(column: &TableColumn) -> Option<Vec<TokenStream>> {
    let mut own: Vec<&Test> = column.check.iter().flat_map(|rule| &rule.tests).collect();
    // Whoever reads the rule reads the lower end first.
    own.sort_by_key(|test| !matches!(test, Test::Column(ColumnTest::Min(_) | ColumnTest::Above(_))));
    let own = own.into_iter().map(|test| if let Test::Column(test) = test { of_value(test) } else { None });
    let length = column.max_length.and_then(|most| usize::try_from(most).ok()).map(Token::usize_unsuffixed);
    own.chain(length.map(|most| Some(quote!(Test::MaxLength(#most))))).collect()
}

/// What a column has where a create does not send it; `None` where the server fills it in.
fn absent(column: &TableColumn) -> Option<Literal> {
    let is_drawn = column.filled.is_some() || column.flags.contains(&ColumnFlag::Counter);
    match &column.default {
        _ if is_drawn => None,
        Some(default) => Some(default.clone()),
        None => (!column.not_null).then_some(Literal::Null),
    }
}

/// The columns that rules of rows speak of.
fn spoken(table: &Table) -> BTreeSet<&str> {
    fn of<'a>(rule: &'a Rule, columns: &mut BTreeSet<&'a str>) {
        columns.extend(rule.column.as_deref());
        for test in &rule.tests {
            match test {
                Test::Column(_) => {}
                Test::All(rules) | Test::Any(rules) => rules.iter().for_each(|rule| of(rule, columns)),
                Test::AtMostOne(names) | Test::ExactlyOne(names) => columns.extend(names.iter().map(String::as_str)),
                Test::InOrder(pair) | Test::Distinct(pair) => columns.extend(pair.iter().map(String::as_str)),
                Test::Cases(cases) => {
                    cases.iter().flat_map(|case| [&case.when, &case.then]).for_each(|rule| of(rule, columns))
                }
                Test::Otherwise(rule) => of(rule, columns),
            }
        }
    }
    let mut columns = BTreeSet::new();
    table.checks.iter().for_each(|(_, rule)| of(rule, &mut columns));
    columns
}

/// Whether a client can tell all that a rule asks for. What is left out of a condition would make it another one.
fn can_be_told(rule: &Rule) -> bool {
    rule.tests.iter().all(|test| match test {
        Test::Column(test) => rule.column.is_some() && of_value(test).is_some(),
        Test::All(rules) | Test::Any(rules) => rules.iter().all(can_be_told),
        Test::Cases(cases) => cases.iter().all(|case| can_be_told(&case.when) && can_be_told(&case.then)),
        Test::Otherwise(rule) => can_be_told(rule),
        Test::AtMostOne(_) | Test::ExactlyOne(_) | Test::InOrder(_) | Test::Distinct(_) => true,
    })
}

fn of_row(rule: &Rule) -> TokenStream {
    let otherwise =
        rule.tests.iter().find_map(|test| if let Test::Otherwise(rule) = test { Some(of_row(rule)) } else { None });
    let parts: Vec<TokenStream> =
        rule.tests.iter().filter_map(|test| of_test(rule, test, otherwise.as_ref())).collect();
    match parts.as_slice() {
        [one] => one.clone(),
        parts => quote!(Rule::All(&[#(#parts),*])),
    }
}

/// A word of a rule; nothing for what is said elsewhere, or does not reach a client.
fn of_test(rule: &Rule, test: &Test, otherwise: Option<&TokenStream>) -> Option<TokenStream> {
    let all = |rules: &[Rule]| rules.iter().map(of_row).collect::<Vec<_>>();
    Some(match test {
        Test::Column(test) => {
            let (column, test) = (rule.column.as_deref()?, of_value(test)?);
            quote!(Rule::Column(#column, #test))
        }
        Test::All(rules) => {
            let rules = all(rules);
            quote!(Rule::All(&[#(#rules),*]))
        }
        Test::Any(rules) => {
            let rules = all(rules);
            quote!(Rule::Any(&[#(#rules),*]))
        }
        Test::AtMostOne(columns) => quote!(Rule::AtMostOne(&[#(#columns),*])),
        Test::ExactlyOne(columns) => quote!(Rule::ExactlyOne(&[#(#columns),*])),
        Test::InOrder([first, second]) => quote!(Rule::InOrder(#first, #second)),
        Test::Distinct([first, second]) => quote!(Rule::Distinct(#first, #second)),
        Test::Cases(cases) => {
            let cases = cases.iter().map(|case| {
                let (when, then) = (of_row(&case.when), of_row(&case.then));
                quote!((#when, #then))
            });
            let otherwise = otherwise.map_or_else(|| quote!(Rule::All(&[])), Clone::clone);
            quote!(Rule::Cases(&[#(#cases),*], &#otherwise))
        }
        Test::Otherwise(_) => return None,
    })
}

/// A test of a value; nothing for the length of bytes, which no client sends into a column.
fn of_value(test: &ColumnTest) -> Option<TokenStream> {
    let literals = |all: &[Literal]| all.iter().map(literal).collect::<Vec<_>>();
    Some(match test {
        ColumnTest::Min(least) => {
            let least = number(least)?;
            quote!(Test::Min(#least))
        }
        ColumnTest::Max(most) => {
            let most = number(most)?;
            quote!(Test::Max(#most))
        }
        ColumnTest::Above(bound) => {
            let bound = number(bound)?;
            quote!(Test::Above(#bound))
        }
        ColumnTest::Equals(value) => {
            let value = literal(value);
            quote!(Test::Equals(#value))
        }
        ColumnTest::Not(value) => {
            let value = literal(value);
            quote!(Test::Not(#value))
        }
        ColumnTest::OneOf(values) => {
            let values = literals(values);
            quote!(Test::OneOf(&[#(#values),*]))
        }
        ColumnTest::NoneOf(values) => {
            let values = literals(values);
            quote!(Test::NoneOf(&[#(#values),*]))
        }
        ColumnTest::Null(is_null) => quote!(Test::Null(#is_null)),
        ColumnTest::Text(class) => {
            let class = ident(match class.as_str() {
                "line" => "Line",
                "filled-line" => "FilledLine",
                "block" => "Block",
                "end-trimmed" => "EndTrimmed",
                _ => return None,
            });
            quote!(Test::Text(Class::#class))
        }
        ColumnTest::Matches(pattern) => quote!(Test::Matches(#pattern)),
        ColumnTest::MatchesNot(pattern) => quote!(Test::MatchesNot(#pattern)),
        ColumnTest::Bits(_) => return None,
        ColumnTest::Json(kinds) => {
            let kinds = kinds.iter().map(|kind| ident(if kind == "object" { "Map" } else { "List" }));
            quote!(Test::Json(&[#(Kind::#kinds),*]))
        }
        ColumnTest::NotEmpty => quote!(Test::NotEmpty),
    })
}

fn literal(literal: &Literal) -> TokenStream {
    match (literal, number(literal)) {
        (Literal::Text(text), _) => quote!(Literal::Text(#text)),
        (_, Some(number)) => quote!(Literal::Number(#number)),
        _ => quote!(Literal::Null),
    }
}

fn number(literal: &Literal) -> Option<Token> {
    match literal {
        Literal::Integer(number) => format!("{number}.0").parse().ok().map(Token::f64_unsuffixed),
        Literal::Number(number) => Some(Token::f64_unsuffixed(*number)),
        Literal::Null | Literal::Text(_) => None,
    }
}
