//! Views of a resource (`x-views`): which column decides, which values it has, which states and columns belong to them. All of it is
//! checked against the columns and their enums, so that a view cannot speak of what is not there.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};

use super::extension::Extension;
use super::names;
use super::types::Types;
use crate::codegen::location::Location;
use crate::codegen::model::{
    Column, Condition, Decides, Literal, Preset, Resource, Set, Shape, StateSet, States, Type, View, Views,
};

/// What the views of a resource are checked against.
pub(super) struct ViewContext<'a> {
    pub resource: &'a Resource,
    pub types: &'a Types,
}

/// A named filter and the views that have it; all of them if it names none.
struct NamedPreset {
    preset: Preset,
    views: Option<Vec<String>>,
}

/// Lowers the views of a resource. `order` is that of the views in the document.
pub(super) fn lower(words: &Extension<'_>, order: &[&str], context: &ViewContext<'_>) -> anyhow::Result<Views> {
    known(words, &["column", "states", "presets", "views"], "the views of a resource")?;
    let named = words.member("column")?;
    let column = context.column(&named)?;
    context.values(&column, &named.location)?;
    context.can_decide(&column, &named.location)?;
    let states = words.optional("states")?.map(|states| lower_states(&states, &column, context)).transpose()?;
    let presets = words.optional("presets")?.map_or_else(
        || Ok(Vec::new()),
        |list| list.list()?.iter().map(|preset| lower_preset(preset, context)).collect::<anyhow::Result<_>>(),
    )?;
    let all = words.member("views")?;
    let mut views = Vec::new();
    for name in order {
        views.push(lower_view(name, &all.member(name)?, &column, states.as_ref(), context)?);
    }
    ensure!(!views.is_empty(), "{}: no view", all.location);
    values_differ(&views)?;
    let mut lowered = Views { column, states, views };
    presets.iter().try_for_each(|preset| give(preset, &mut lowered))?;
    every_set_is_used(&lowered)?;
    Ok(lowered)
}

impl ViewContext<'_> {
    fn column(&self, name: &Extension<'_>) -> anyhow::Result<Column> {
        let text = name.text()?;
        let found = self.resource.columns.iter().find(|column| column.field.wire == text);
        found.cloned().with_context(|| format!("{}: there is no column {text:?}", name.location))
    }

    /// A create of a view sets the deciding column, and nothing else does.
    fn can_decide(&self, column: &Column, location: &Location) -> anyhow::Result<()> {
        let is_set = self.resource.write.is_none() || column.set != Set::Never;
        ensure!(is_set, "{location}: the column cannot be written, so that no create can make a record of a view");
        self.is_whole(column, location)
    }

    fn is_whole(&self, column: &Column, location: &Location) -> anyhow::Result<()> {
        let is_half = self.resource.pairs.iter().any(|pair| pair.has(column));
        ensure!(!is_half, "{location}: the column is half of a reference by name and number");
        Ok(())
    }

    /// The name and the description of each value of the enum in a column.
    fn values(&self, column: &Column, location: &Location) -> anyhow::Result<Vec<(Decides, String, String)>> {
        let shape = if let Type::Named(name) = &column.field.ty { self.types.shape(name) } else { None };
        match shape {
            Some(Shape::IntegerEnum { variants, .. }) => {
                Ok(variants.iter().map(|v| (Decides::Number(v.value), v.name.clone(), v.description.clone())).collect())
            }
            Some(Shape::TextEnum(variants)) => Ok(variants
                .iter()
                .map(|v| (Decides::Text(v.value.clone()), v.name.clone(), v.description.clone()))
                .collect()),
            _ => anyhow::bail!("{location}: the column {:?} is not an enum (x-enum)", column.field.wire),
        }
    }

    fn value(&self, column: &Column, word: &Extension<'_>) -> anyhow::Result<(Decides, String, String)> {
        let wanted = match word.literal()? {
            Literal::Integer(number) => Decides::Number(number),
            Literal::Text(text) => Decides::Text(text),
            _ => anyhow::bail!("{}: neither a whole number nor a text", word.location),
        };
        let found = self.values(column, &word.location)?.into_iter().find(|(value, ..)| *value == wanted);
        found.with_context(|| format!("{}: the enum of {:?} has no such value", word.location, column.field.wire))
    }
}

fn known(words: &Extension<'_>, names: &[&str], what: &str) -> anyhow::Result<()> {
    match words.members()?.into_iter().find(|(name, _)| !names.contains(name)) {
        Some((_, other)) => other.unknown(what),
        None => Ok(()),
    }
}

fn lower_states(words: &Extension<'_>, decides: &Column, context: &ViewContext<'_>) -> anyhow::Result<States> {
    known(words, &["column", "sets"], "the states of views")?;
    let named = words.member("column")?;
    let column = context.column(&named)?;
    context.values(&column, &named.location)?;
    ensure!(column.field.wire != decides.field.wire, "{}: the column decides which view it is", named.location);
    let is_settable = column.set == Set::Always && !column.field.may_be_null && !column.required;
    ensure!(is_settable, "{}: states are set by creates and updates alike, and are never null", named.location);
    let Type::Named(all) = column.field.ty.clone() else { return named.unknown("the states of views") };
    let mut sets = Vec::new();
    for (name, set) in words.member("sets")?.members()? {
        known(&set, &["description", "values"], "a set of states")?;
        let mut states: Vec<(String, String, i64)> = Vec::new();
        for word in set.member("values")?.list()? {
            let (Decides::Number(number), name, description) = context.value(&column, &word)? else {
                return word.unknown("a set of states, which are numbers");
            };
            ensure!(states.iter().all(|(known, ..)| *known != name), "{}: the state stands twice", word.location);
            states.push((name, description, number));
        }
        let description = set.member("description")?.text()?;
        sets.push(StateSet { name: name.to_owned(), description, states, location: set.location });
    }
    Ok(States { column, all, sets })
}

fn lower_view(
    name: &str,
    words: &Extension<'_>,
    decides: &Column,
    states: Option<&States>,
    context: &ViewContext<'_>,
) -> anyhow::Result<View> {
    known(words, &["description", "value", "states", "required"], "a view")?;
    let (value, ..) = context.value(decides, &words.member("value")?)?;
    let set = match states {
        None => {
            let extra = words.optional("states")?;
            ensure!(extra.is_none(), "{}: no column of states is named (states)", words.location);
            None
        }
        Some(states) => {
            let word = words.member("states")?;
            let set = word.text()?;
            ensure!(states.sets.iter().any(|known| known.name == set), "{}: there is no set {set:?}", word.location);
            Some(set)
        }
    };
    let mut needed: Vec<Column> = Vec::new();
    for name in words.optional("required")?.map_or_else(|| Ok(Vec::new()), |list| list.list())? {
        let column = required(&name, decides, states, context)?;
        let is_new = needed.iter().all(|known| known.field.wire != column.field.wire);
        ensure!(is_new, "{}: the column stands twice", name.location);
        needed.push(column);
    }
    Ok(View {
        name: name.to_owned(),
        description: words.member("description")?.text()?,
        value,
        states: set,
        required: needed,
        presets: Vec::new(),
        location: words.location.clone(),
    })
}

/// A column that creates of a view must have.
fn required(
    name: &Extension<'_>,
    decides: &Column,
    states: Option<&States>,
    context: &ViewContext<'_>,
) -> anyhow::Result<Column> {
    let column = context.column(name)?;
    let is = |other: &Column| other.field.wire == column.field.wire;
    ensure!(!is(decides), "{}: the view itself gives the column its value", name.location);
    let is_state = states.is_some_and(|states| is(&states.column));
    ensure!(!is_state, "{}: the column of the states has a value in every record", name.location);
    context.is_whole(&column, &name.location)?;
    ensure!(column.set != Set::Never, "{}: the column cannot be written", name.location);
    ensure!(!column.required, "{}: every create must have the column anyway", name.location);
    Ok(column)
}

fn values_differ(views: &[View]) -> anyhow::Result<()> {
    for (index, view) in views.iter().enumerate() {
        if let Some(earlier) = views[..index].iter().find(|earlier| earlier.value == view.value) {
            anyhow::bail!("{}: {} has the same value", view.location.child("value"), earlier.name);
        }
    }
    Ok(())
}

fn lower_preset(words: &Extension<'_>, context: &ViewContext<'_>) -> anyhow::Result<NamedPreset> {
    known(words, &["name", "description", "of", "where"], "a preset")?;
    let conditions = words.member("where")?.list()?;
    let conditions: Vec<Condition> =
        conditions.iter().map(|word| condition(word, context)).collect::<anyhow::Result<_>>()?;
    ensure!(!conditions.is_empty(), "{}: a preset without a condition", words.location);
    let name = words.member("name")?.text()?;
    ensure!(names::is_field(&name), "{}: {name:?} cannot be the name of a preset", words.location);
    let description = words.member("description")?.text()?;
    let views = words.optional("of")?.map(|of| of.texts()).transpose()?;
    Ok(NamedPreset { preset: Preset { name, description, conditions, location: words.location.clone() }, views })
}

fn condition(words: &Extension<'_>, context: &ViewContext<'_>) -> anyhow::Result<Condition> {
    known(words, &["column", "one-of", "before"], "a condition of a preset")?;
    let column = context.column(&words.member("column")?)?;
    if let Some(before) = words.optional("before")? {
        before.word(&[("now", ())])?;
        ensure!(words.optional("one-of")?.is_none(), "{}: either one-of or before", words.location);
        ensure!(column.field.ty == Type::Timestamp, "{}: the column is not a time", words.location);
        return Ok(Condition::BeforeNow { wire: column.field.wire, constant: column.constant });
    }
    let (mut values, mut names) = (Vec::new(), Vec::new());
    for word in words.member("one-of")?.list()? {
        let (value, name, _) = context.value(&column, &word)?;
        values.push(value);
        names.push(name);
    }
    ensure!(!values.is_empty(), "{}: no value", words.location);
    Ok(Condition::OneOf { wire: column.field.wire, names, values })
}

/// Gives a preset to its views. It may ask for no state that one of them cannot have.
fn give(preset: &NamedPreset, views: &mut Views) -> anyhow::Result<()> {
    let NamedPreset { preset, views: of } = preset;
    let location = &preset.location;
    for name in of.iter().flatten() {
        ensure!(views.views.iter().any(|view| view.name == *name), "{location}: there is no view {name:?}");
    }
    for view in &mut views.views {
        if of.as_ref().is_some_and(|of| !of.contains(&view.name)) {
            continue;
        }
        if let Some(strange) = views.states.as_ref().and_then(|states| strange(preset, view, states)) {
            anyhow::bail!("{location}: {} cannot have the state {strange}", view.name);
        }
        let twice = view.presets.iter().any(|known| known.name == preset.name);
        ensure!(!twice, "{location}: {} has a preset {:?} already", view.name, preset.name);
        view.presets.push(preset.clone());
    }
    Ok(())
}

/// A state that a preset asks for and the view does not have.
fn strange<'p>(preset: &'p Preset, view: &View, states: &States) -> Option<&'p String> {
    let set = states.sets.iter().find(|set| Some(&set.name) == view.states.as_ref())?;
    let asked = preset.conditions.iter().flat_map(|condition| match condition {
        Condition::OneOf { wire, names, .. } if *wire == states.column.field.wire => names.as_slice(),
        _ => &[],
    });
    asked.into_iter().find(|asked| set.states.iter().all(|(name, ..)| name != *asked))
}

fn every_set_is_used(views: &Views) -> anyhow::Result<()> {
    let used: BTreeSet<&String> = views.views.iter().filter_map(|view| view.states.as_ref()).collect();
    for set in views.states.iter().flat_map(|states| &states.sets) {
        ensure!(used.contains(&set.name), "{}: no view has these states", set.location);
    }
    Ok(())
}
