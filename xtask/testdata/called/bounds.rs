//! What is sent held against bounds and patterns, all violations at once.

use std::collections::BTreeMap;

use called::{Answer, Server, now};
use called_bounds::runtime::validate::{Number, Rule, ValidationError, ValueClass};
use called_bounds::runtime::{Content, Error};
use called_bounds::{
    Boat, BoatBody, BoatBodyOwner, CalledBoundsApi, Cargo, HireRequest, ListBoatsQuery, Mast, Person, WriteLogBody,
};

fn told(result: Result<(), ValidationError>) -> Vec<(String, Rule, ValueClass)> {
    let error = result.err();
    let all = error.iter().flat_map(ValidationError::violations);
    let mut all: Vec<_> = all.map(|one| (one.path().to_owned(), one.rule(), one.found())).collect();
    all.sort_by(|left, right| left.0.cmp(&right.0));
    all
}

const WORD: Rule = Rule::Pattern("^(?!-)[a-z]+$");

fn is(found: &[(String, Rule, ValueClass)], expected: &[(&str, Rule, ValueClass)]) {
    let found: Vec<_> = found.iter().map(|(path, rule, class)| (path.as_str(), *rule, *class)).collect();
    assert_eq!(found, expected);
}

#[test]
fn every_place_of_a_body_is_checked() {
    let mut tender = Boat::new("Dinghy", vec![]);
    tender.owner = Some(None);
    tender.cargo = Some(Cargo(vec![Cargo(vec![Cargo(vec![]), Cargo(vec![]), Cargo(vec![])])]));
    let mut person = Person::default();
    person.key = Some("hunter2".into());
    person.nick = Some("-".to_owned());
    person.born = Some(called_bounds::runtime::core::Date::new(1970, 1, 1).unwrap());
    let flags = BTreeMap::from([("a".to_owned(), vec![Some("b".to_owned()), None, Some("b".to_owned())])]);
    let body = BoatBody::new("sea star", vec![Mast::new(0.0), Mast::new(7.5)])
        .flags(flags)
        .owner(BoatBodyOwner::Person(person))
        .tender(tender)
        .odd("anything");
    let found = told(body.validate());
    is(
        &found,
        &[
            ("$.flags.a", Rule::UniqueItems, ValueClass::List),
            ("$.flags.a[0]", Rule::MinLength(2), ValueClass::Text),
            ("$.flags.a[2]", Rule::MinLength(2), ValueClass::Text),
            ("$.masts[0].height", Rule::ExclusiveMinimum(Number::Integer(0)), ValueClass::Number),
            ("$.name", WORD, ValueClass::Text),
            ("$.owner", Rule::MaxProperties(2), ValueClass::Object),
            ("$.owner.key", Rule::MinLength(8), ValueClass::Secret),
            ("$.owner.nick", WORD, ValueClass::Text),
            ("$.tender.cargo[0]", Rule::MaxItems(2), ValueClass::List),
            ("$.tender.masts", Rule::MinItems(1), ValueClass::List),
            ("$.tender.name", WORD, ValueClass::Text),
        ],
    );
    let error = Error::from(body.validate().unwrap_err());
    assert!(error.is_request() && !format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    let text = BoatBody::new("star", vec![Mast::new(1.0)]).owner(BoatBodyOwner::Text("ab".to_owned()));
    is(&told(text.validate()), &[("$.owner", Rule::MinLength(3), ValueClass::Text)]);
}

#[test]
fn parameters_are_told_by_their_names_in_the_document() {
    let query = ListBoatsQuery::new().page_size(100).x_trace("a b").validate2(true);
    let most = Rule::ExclusiveMaximum(Number::Integer(100));
    is(&told(query.validate()), &[("$.X-Trace", WORD, ValueClass::Text), ("$.page-size", most, ValueClass::Number)]);
    let least = Rule::Minimum(Number::Integer(1));
    is(&told(ListBoatsQuery::new().page_size(0).validate()), &[("$.page-size", least, ValueClass::Number)]);
    assert!(ListBoatsQuery::new().page_size(99).x_trace("abc").validate().is_ok());
}

#[test]
fn forms_and_bodies_of_several_kinds_are_checked() {
    let hire = HireRequest::new("mara-longname").pin("123").share(0.13);
    is(
        &told(hire.validate()),
        &[
            ("$.name", Rule::MaxLength(8), ValueClass::Text),
            ("$.name", WORD, ValueClass::Text),
            ("$.pin", Rule::MinLength(4), ValueClass::Secret),
            ("$.share", Rule::MultipleOf(Number::Float(0.05)), ValueClass::Number),
        ],
    );
    is(&told(HireRequest::new("mara").validate()), &[("$", Rule::MinProperties(2), ValueClass::Object)]);
    assert!(HireRequest::new("mara").share(0.15).validate().is_ok());
    let lines = WriteLogBody::MergePatch(vec!["calm".to_owned(), "UP".to_owned(), "up".to_owned()]);
    is(&told(lines.validate()), &[("$", Rule::MaxItems(2), ValueClass::List), ("$[1]", WORD, ValueClass::Text)]);
    assert!(WriteLogBody::TextPlain(Content::from("UP")).validate().is_ok());
}

#[test]
fn a_call_is_made_whatever_nobody_asked_about_and_question_marks_pass_violations_on() {
    let sent = |body: BoatBody, is_asked: bool| -> Result<(), Error> {
        let server = Server::new([Answer::json(200, r#"{"name": "X", "masts": []}"#)]);
        if is_asked {
            body.validate()?;
        }
        now(CalledBoundsApi::new(server.client()).add_boat(body))?;
        assert_eq!(server.sent().len(), 1);
        Ok(())
    };
    assert!(sent(BoatBody::new("X", vec![]), false).is_ok());
    assert!(sent(BoatBody::new("X", vec![]), true).unwrap_err().is_request());
}
