//! Views of a resource: a type each, which lists and creates with the deciding value bound, and the states that they can have.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::members::{self, Given, arguments, steps};
use super::{docs, ident, runtime};
use crate::codegen::format::Fragment;
use crate::codegen::location::Location;
use crate::codegen::model::{Column, Condition, Decides, Preset, Resource, Set, StateSet, View, Views};

/// The names of types that views make.
pub(in crate::codegen) fn type_names(resource: &Resource) -> Vec<(String, &Location)> {
    let Some(views) = &resource.views else { return Vec::new() };
    let sets = views.states.iter().flat_map(|states| &states.sets).map(|set| (set.name.clone(), &set.location));
    let is_written = resource.write.is_some();
    let of_view = |view: &View| {
        let mut names = vec![view.name.clone()];
        if is_written {
            names.extend([format!("New{}", view.name), format!("{}Patch", view.name)]);
        }
        names
    };
    let views = views.views.iter().flat_map(|view| of_view(view).into_iter().map(|name| (name, &view.location)));
    sets.chain(views).collect()
}

/// Whether a column is set in a way of its own: views have fewer states, and never another deciding value.
pub(super) fn is_apart(resource: &Resource, column: &Column) -> bool {
    resource.views.as_ref().is_some_and(|views| {
        let is = |other: &Column| other.field.wire == column.field.wire;
        views.states.as_ref().is_some_and(|states| is(&states.column))
            || (column.set == Set::Always && is(&views.column))
    })
}

/// The setters of those columns.
fn apart(resource: &Resource, views: &Views) -> Vec<Fragment> {
    let (runtime, record, write) = (runtime(), ident(&resource.name), ident(&format!("{}Write", resource.name)));
    let decides = (views.column.set == Set::Always).then(|| {
        let setter = members::setter(&views.column.field);
        Fragment::Item(quote!(impl<K: #runtime::Whole> #write<K> { #setter }))
    });
    let states = views.states.as_ref().map(|states| {
        let all = ident(&states.all);
        let setter = members::setter_taking(&states.column.field, &quote!(S));
        Fragment::Item(quote!(impl<K: #runtime::States<#record, State = S>, S: Into<#all>> #write<K> { #setter }))
    });
    decides.into_iter().chain(states).collect()
}

/// The types of the states that views have.
pub(super) fn states(views: &Views) -> Vec<Fragment> {
    let sets = views.states.iter().flat_map(|states| states.sets.iter().map(|set| (set, &states.all)));
    sets.flat_map(|(set, all)| state_set(set, all)).collect()
}

/// The types of views.
pub(super) fn fragments(resource: &Resource, views: &Views) -> Vec<Fragment> {
    views.views.iter().flat_map(|view| of_view(resource, views, view)).collect()
}

/// Creates and changes of views. They stand where those of the resource do, which share the members.
pub(super) fn writes(resource: &Resource) -> Vec<Fragment> {
    let Some(views) = &resource.views else { return Vec::new() };
    let conversions = Fragment::Text(format!("view_writes!({0}Write of {0});", resource.name));
    let states = views.states.as_ref().map(|states| all_states(resource, &states.all));
    let of_views = views.views.iter().map(|view| constructor(resource, views, view));
    apart(resource, views).into_iter().chain([conversions]).chain(states).chain(of_views).collect()
}

/// Whole writes take every state.
fn all_states(resource: &Resource, all: &str) -> Fragment {
    let (runtime, record, all) = (runtime(), ident(&resource.name), ident(all));
    let of = |purpose: &str| {
        let purpose = ident(purpose);
        quote!(impl #runtime::States<#record> for #purpose { type State = #all; })
    };
    let (new, patch) = (of("New"), of("Patch"));
    Fragment::Item(quote!(#new #patch))
}

fn state_set(set: &StateSet, all: &str) -> Vec<Fragment> {
    let (name, comment) = (ident(&set.name), docs::comment(&[&set.description]));
    let names = set.states.iter().map(|(name, ..)| ident(name));
    let comments = set.states.iter().map(|(_, words, number)| docs::comment(&[format!("{words} (`{number}`)")]));
    let item = quote! {
        #comment
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#comments #names,)*
        }
    };
    let names = set.states.iter().map(|(name, ..)| format!("    {name},\n")).collect::<String>();
    vec![Fragment::Item(item), Fragment::Text(format!("states!({} of {all} {{\n{names}}});", set.name))]
}

fn of_view(resource: &Resource, views: &Views, view: &View) -> Vec<Fragment> {
    let (runtime, name, record) = (runtime(), ident(&view.name), ident(&resource.name));
    let (wire, column) = (&resource.wire, &views.column.field.wire);
    let value = match &view.value {
        Decides::Number(number) => number.to_string(),
        Decides::Text(text) => format!("{text:?}"),
    };
    let comment = docs::comment(&[
        view.description.clone(),
        format!("The records of `{wire}` whose `{column}` is {value}; they are read as [`{}`].", resource.name),
    ]);
    let decides = decides(&view.value);
    let state = view.states.as_deref().map_or_else(
        || quote!(()),
        |set| {
            let set = ident(set);
            quote!(#set)
        },
    );
    let mut fragments = vec![
        Fragment::Item(quote!(#comment #[derive(Debug, Clone, Copy)] pub enum #name {})),
        Fragment::Item(quote! {
            impl #runtime::View for #name {
                type Record = #record;
                type State = #state;
                const COLUMN: &'static str = #column;
                const VALUE: #runtime::view::Decides = #runtime::view::#decides;
            }
        }),
        Fragment::Block { header: quote!(impl #name), members: members_of(resource, views, view) },
    ];
    if resource.write.is_some() {
        fragments.extend(write_names(resource, view));
    }
    fragments
}

fn members_of(resource: &Resource, views: &Views, view: &View) -> Vec<TokenStream> {
    let (runtime, record) = (runtime(), ident(&resource.name));
    let column = &views.column.field.wire;
    let query =
        docs::comment(&[format!("A list request for these records, which binds `{column}` and adds nothing else.")]);
    let filter = docs::comment(&["The condition that a record is one of these."]);
    let mut members = vec![
        quote! {
            #query
            #[inline]
            pub fn query() -> Query<#record> {
                #runtime::view::query::<Self>()
            }
        },
        quote! {
            #filter
            #[inline]
            pub fn filter() -> #runtime::Filter<#record> {
                #runtime::view::condition::<Self>()
            }
        },
    ];
    members.extend(view.presets.iter().map(|preset| of_preset(resource, preset)));
    members
}

fn of_preset(resource: &Resource, preset: &Preset) -> TokenStream {
    let (runtime, record, name) = (runtime(), ident(&resource.name), ident(&preset.name));
    let mut said = Vec::new();
    let mut conditions = Vec::new();
    for condition in &preset.conditions {
        match condition {
            Condition::OneOf { wire, names, values } => {
                let words = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
                said.push(format!("`{wire}` is {words}"));
                conditions.push(one_of(wire, values));
            }
            Condition::BeforeNow { wire, constant } => {
                let (module, constant) = (ident(&resource.module), ident(constant));
                said.push(format!("`{wire}` is before `now`"));
                conditions.push(quote!(#module::#constant.lt(now)));
            }
        }
    }
    // The common shape is one call, since each costs the build.
    let condition = match preset.conditions.as_slice() {
        [Condition::OneOf { wire, values, .. }] => {
            let values = literals(values);
            quote!(#runtime::view::preset::<Self, _>(#wire, #values))
        }
        _ => quote!(Self::filter() #(& #conditions)*),
    };
    let now = preset.asks_for_now().then(|| quote!(now: Timestamp));
    let comment = docs::comment(&[format!("{} That is, {}.", preset.description, said.join(", and "))]);
    quote! {
        #comment
        #[inline]
        pub fn #name(#now) -> #runtime::Filter<#record> {
            #condition
        }
    }
}

fn one_of(wire: &str, values: &[Decides]) -> TokenStream {
    let (runtime, values) = (runtime(), literals(values));
    quote!(#runtime::view::one_of(#wire, #values))
}

fn literals(values: &[Decides]) -> TokenStream {
    let values = values.iter().map(|value| match value {
        Decides::Number(number) => Literal::i64_unsuffixed(*number),
        Decides::Text(text) => Literal::string(text),
    });
    quote!(&[#(#values),*])
}

fn decides(value: &Decides) -> TokenStream {
    match value {
        Decides::Number(number) => {
            let number = Literal::i64_unsuffixed(*number);
            quote!(number(#number))
        }
        Decides::Text(text) => quote!(text(#text)),
    }
}

/// The names of creates and changes of a view.
fn write_names(resource: &Resource, view: &View) -> Vec<Fragment> {
    let (runtime, name) = (runtime(), ident(&view.name));
    let (module, write) = (ident(&resource.module), ident(&format!("{}Write", resource.name)));
    let (new, patch) = (ident(&format!("New{}", view.name)), ident(&format!("{}Patch", view.name)));
    let new_comment = docs::comment(&[format!("Members of a new [`{}`].", view.name)]);
    let patch_comment = docs::comment(&[format!(
        "Changes to {} [`{}`]; what is not set stays as it is.",
        docs::article(&view.name),
        view.name
    )]);
    vec![
        Fragment::Item(quote!(#new_comment pub type #new = #module::#write<#runtime::NewOf<#name>>;)),
        Fragment::Item(quote!(#patch_comment pub type #patch = #module::#write<#runtime::PatchOf<#name>>;)),
    ]
}

/// What makes a create of a view.
fn constructor(resource: &Resource, views: &Views, view: &View) -> Fragment {
    let (runtime, name) = (runtime(), ident(&view.name));
    let write = ident(&format!("{}Write", resource.name));
    let base = members::required_members(resource);
    let base = base.into_iter().filter(|given| given.wire() != views.column.field.wire);
    let required: Vec<Given> = base.chain(view.required.iter().map(Given::column)).collect();
    let words = format!("With the columns that a create must carry; those of [`{}`] have the words.", resource.name);
    let comment = docs::comment(&[words]);
    let (arguments, steps) = (arguments(&required), steps(&required));
    Fragment::Item(quote! {
        impl #write<#runtime::NewOf<#name>> {
            #comment
            #[inline]
            pub fn new(#(#arguments),*) -> Self {
                Self::bound() #(#steps)*
            }
        }
    })
}
