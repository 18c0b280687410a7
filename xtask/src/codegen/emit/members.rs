//! Members that a caller sets one by one: requests, and the writes of records.

use proc_macro2::TokenStream;
use quote::quote;

use super::docs::{article, capital_article};
use super::{docs, first_sentence, ident, pairs, runtime, type_of, views};
use crate::codegen::format::Fragment;
use crate::codegen::lower::{self, BOUNDS};
use crate::codegen::model::{
    AdditionalMembers, Column, EntityReference, Field, NamedType, Resource, Set, Setter, Type, Write,
};

/// The request of an operation: what it must have are arguments, the rest is set; null can be sent where it is a value.
pub(super) fn request(
    ty: &NamedType,
    required: &[Field],
    optional: &[Field],
    others: Option<&AdditionalMembers>,
) -> Vec<Fragment> {
    let (name, comment) = (ident(&ty.name), docs::comment(&[&ty.description]));
    let default = required.is_empty().then(|| quote!(, Default));
    let item = quote! {
        #comment
        #[derive(Debug, Clone #default)]
        #[must_use]
        pub struct #name {
            fields: Fields,
        }
    };
    let words =
        if required.is_empty() { "A request with nothing set yet." } else { "A request with what it must have." };
    let given: Vec<Given> = required.iter().cloned().map(Given::Field).collect();
    let mut members = vec![constructor(&given, words, &quote!())];
    members.extend(optional.iter().map(setter));
    members.extend(others.map(member));
    members.extend(shared(required.iter().chain(optional)));
    members.push(into_fields());
    vec![Fragment::Item(item), Fragment::Block { header: quote!(impl #name), members }]
}

/// The setter of members that the document does not name.
fn member(others: &AdditionalMembers) -> TokenStream {
    let ty = type_of(&others.ty);
    let step = match &others.ty {
        Type::Opaque(_) => quote!(self.fields.set(name.into(), value.into())),
        Type::Secret => quote!(self.fields.set_secret(name.into(), value.into())),
        // There may be secrets inside of it, which are written when the request is.
        _ => quote!(let value: #ty = value.into(); self.fields.set_confidential(name.into(), value)),
    };
    quote! {
        /// A member of a name that the document leaves open. One that it names has a setter of its own.
        pub fn member(mut self, name: impl Into<String>, value: impl Into<#ty>) -> Self {
            #step;
            self
        }
    }
}

/// The write type of a resource and its two names.
pub(super) fn write(resource: &Resource, write: &Write) -> Vec<Fragment> {
    let record = &resource.name;
    let (name, new, patch) =
        (ident(&format!("{record}Write")), ident(&format!("New{record}")), ident(&format!("{record}Patch")));
    let comment = docs::comment(&[
        format!("Members of {} `{record}` that are sent: exactly those that were set, null included.", article(record)),
        format!("Its names are [`New{record}`] and [`{record}Patch`]."),
    ]);
    let new_comment = docs::comment(&[format!("{} `{record}` to be created.", capital_article(record))]);
    let patch_comment =
        docs::comment(&[format!("Changes to {} `{record}`; what is not set stays as it is.", article(record))]);
    let purpose = quote!(, purpose: PhantomData);
    let into_members = quote! {
        impl<K> From<#name<K>> for Fields {
            fn from(write: #name<K>) -> Self {
                write.fields
            }
        }
    };
    let of = |set: Set| -> Vec<TokenStream> {
        let is_apart = |column: &Column| views::is_apart(resource, column) || pairs::is_half(resource, column);
        let columns = resource.columns.iter().filter(|column| column.set == set && !is_apart(column));
        columns.map(|column| column_setter(&column.field)).collect()
    };
    let mut common = of(Set::Always);
    common.extend(pairs::setters(resource, Set::Always));
    common.extend(write.extras.iter().map(extra_setter));
    let settable = resource.columns.iter().filter(|column| column.set != Set::Never);
    common.extend(shared(settable.map(|column| &column.field)));
    common.push(into_fields());
    let required = required_members(resource);
    let mut creating = vec![constructor(&required, "With the columns that a create must carry.", &purpose)];
    creating.extend(of(Set::OnCreate));
    creating.extend(pairs::setters(resource, Set::OnCreate));
    let default_for_new = required.is_empty().then(|| Fragment::Item(empty_default(&quote!(#name<New>))));
    let mut fragments = vec![
        Fragment::Item(quote! {
            #comment
            #[derive(Debug, Clone)]
            #[must_use]
            pub struct #name<K> {
                fields: Fields,
                purpose: PhantomData<K>,
            }
        }),
        Fragment::Item(quote!(#new_comment pub type #new = #name<New>;)),
        Fragment::Item(quote!(#patch_comment pub type #patch = #name<Patch>;)),
        Fragment::Block { header: quote!(impl #name<New>), members: creating },
        Fragment::Item(quote! {
            impl #name<Patch> {
                /// No changes yet.
                #[inline]
                pub fn new() -> Self {
                    Self { fields: Fields::new(), purpose: PhantomData }
                }
            }
        }),
        Fragment::Item(empty_default(&quote!(#name<Patch>))),
        Fragment::Block { header: quote!(impl<K> #name<K>), members: common },
        Fragment::Item(into_members),
    ];
    fragments.extend(default_for_new);
    fragments.extend(views::writes(resource));
    fragments
}

/// What a constructor takes.
pub(super) enum Given {
    Field(Field),
    /// A text that has a type of its own, so that no other text fits in its place.
    Typed(Field, String),
    /// A number with a fraction, which may be given as a decimal.
    Number(Field),
    /// Two columns that are given as one.
    EntityReference(Box<EntityReference>),
}

/// What a create must have.
pub(super) fn required_members(resource: &Resource) -> Vec<Given> {
    let mut given = Vec::new();
    for column in resource.columns.iter().filter(|column| column.required) {
        match resource.pairs.iter().find(|pair| pair.has(column)) {
            Some(pair) if pair.entity.field.wire == column.field.wire => {
                given.push(Given::EntityReference(Box::new(pair.clone())));
            }
            Some(_) => {}
            None => given.push(Given::column(column)),
        }
    }
    given
}

fn empty_default(ty: &TokenStream) -> TokenStream {
    quote! {
        impl Default for #ty {
            #[inline]
            fn default() -> Self {
                Self::new()
            }
        }
    }
}

fn constructor(required: &[Given], words: &str, rest: &TokenStream) -> TokenStream {
    let comment = docs::comment(&std::iter::once(words.to_owned()).chain(entries(required)).collect::<Vec<_>>());
    let (arguments, steps) = (arguments(required), steps(required));
    let empty = quote!(Self { fields: Fields::new() #rest });
    // No argument may have the name of the local.
    let local = ident(&lower::free("empty", |name| required.iter().any(|given| given.name() == name)));
    let body = if required.is_empty() { empty } else { quote!(let #local = #empty; #local #(#steps)*) };
    quote! {
        #comment
        #[inline]
        pub fn new(#(#arguments),*) -> Self {
            #body
        }
    }
}

impl Given {
    /// A column that must be there: it is a value, also where a later update may take it away.
    pub(super) fn column(column: &Column) -> Self {
        let field = Field { may_be_null: false, ..column.field.clone() };
        match &column.text {
            Some(ty) => Given::Typed(field, ty.clone()),
            None if field.ty == Type::Float => Given::Number(field),
            None => Given::Field(field),
        }
    }

    fn name(&self) -> &str {
        match self {
            Given::Field(field) | Given::Typed(field, _) | Given::Number(field) => &field.rust,
            Given::EntityReference(pair) => &pair.name,
        }
    }

    /// The column that it is about.
    pub(super) fn wire(&self) -> &str {
        match self {
            Given::Field(field) | Given::Typed(field, _) | Given::Number(field) => &field.wire,
            Given::EntityReference(pair) => &pair.entity.field.wire,
        }
    }
}

/// What the documentation says of arguments: they have no setter of their own to look up.
fn entries(required: &[Given]) -> Vec<String> {
    let entry = |given: &Given| match given {
        Given::Field(field) | Given::Typed(field, _) | Given::Number(field) => {
            format!("- `{}`: {}", field.rust, field.description.replace(BOUNDS, " Bounds: "))
        }
        Given::EntityReference(pair) => {
            let (entity, number) = (&pair.entity.field, &pair.number.field);
            format!("- `{}`: `{}` and `{}`. {}", pair.name, entity.wire, number.wire, entity.description)
        }
    };
    required.iter().map(entry).collect()
}

/// The arguments that a constructor has for these.
pub(super) fn arguments(required: &[Given]) -> Vec<TokenStream> {
    let argument = |given: &Given| {
        let name = ident(given.name());
        let ty = match given {
            Given::Field(field) => argument(field),
            Given::Number(field) => number_argument(field),
            Given::Typed(_, ty) => {
                let ty = ident(ty);
                quote!(#ty)
            }
            Given::EntityReference(pair) => {
                let ty = ident(&pair.ty);
                quote!(impl Into<#ty>)
            }
        };
        quote!(#name: #ty)
    };
    required.iter().map(argument).collect()
}

/// The steps that set them.
pub(super) fn steps(required: &[Given]) -> Vec<TokenStream> {
    let step = |given: &Given| match given {
        Given::Field(field) | Given::Typed(field, _) => step(field),
        Given::Number(field) => number_step(field),
        Given::EntityReference(pair) => {
            let name = ident(&pair.name);
            quote!(.#name(#name))
        }
    };
    required.iter().map(step).collect()
}

/// What the setters of these fields share: members in their wire form, and members that must not be seen.
fn shared<'f>(fields: impl Iterator<Item = &'f Field>) -> Vec<TokenStream> {
    let (files, fields): (Vec<&Field>, Vec<&Field>) = fields.partition(|field| is_file(&field.ty));
    let (uploads, fields): (Vec<&Field>, Vec<&Field>) = fields.into_iter().partition(|field| takes_file(field));
    let (confidential, fields): (Vec<&Field>, Vec<&Field>) = fields.into_iter().partition(|field| field.holds_secrets);
    let (secret, plain): (Vec<&Field>, Vec<&Field>) = fields.into_iter().partition(|field| field.ty == Type::Secret);
    let (nullable, secret): (Vec<&Field>, Vec<&Field>) = secret.into_iter().partition(|field| field.may_be_null);
    let with = (!plain.is_empty()).then(|| {
        quote! {
            fn with<T: Wire>(mut self, name: &'static str, value: impl Into<T>) -> Self {
                self.fields.set(name, value.into().to_json());
                self
            }
        }
    });
    let with_confidential = (!confidential.is_empty()).then(|| {
        quote! {
            fn with_confidential<T>(mut self, name: &'static str, value: impl Into<T>) -> Self
            where
                T: Wire + Send + Sync + 'static,
            {
                self.fields.set_confidential(name, value.into());
                self
            }
        }
    });
    let with_secret = (!secret.is_empty()).then(|| {
        quote! {
            fn with_secret(mut self, name: &'static str, value: impl Into<Secret>) -> Self {
                self.fields.set_secret(name, value.into());
                self
            }
        }
    });
    let or_null = (!nullable.is_empty()).then(|| {
        quote! {
            fn with_secret_or_null(mut self, name: &'static str, value: Option<Secret>) -> Self {
                match value {
                    Some(value) => self.fields.set_secret(name, value),
                    None => self.fields.set(name, Json::Null),
                }
                self
            }
        }
    });
    let with_upload = (!uploads.is_empty()).then(|| {
        let runtime = runtime();
        quote! {
            fn with_upload<T>(mut self, name: &'static str, value: impl #runtime::IntoUpload<T>) -> Self {
                value.set(name, &mut self.fields);
                self
            }
        }
    });
    let with_files = (!files.is_empty()).then(|| {
        let runtime = runtime();
        quote! {
            fn with_files(mut self, name: &'static str, files: impl IntoIterator<Item = #runtime::FilePart>) -> Self {
                self.fields.set_files(name, files);
                self
            }
        }
    });
    with.into_iter()
        .chain(with_confidential)
        .chain(with_secret)
        .chain(or_null)
        .chain(with_upload)
        .chain(with_files)
        .collect()
}

/// A file, or several of one name.
fn is_file(ty: &Type) -> bool {
    matches!(ty, Type::File) || matches!(ty, Type::List(inner) if **inner == Type::File)
}

fn into_fields() -> TokenStream {
    quote! {
        /// The members that were set.
        pub fn into_fields(self) -> Fields {
            self.fields
        }
    }
}

/// Sets one member.
pub(super) fn setter(field: &Field) -> TokenStream {
    setter_taking(field, &argument(field))
}

/// Sets one column. A number with a fraction may be given as a decimal.
fn column_setter(field: &Field) -> TokenStream {
    if field.ty == Type::Float { set(field, &number_argument(field), &number_step(field)) } else { setter(field) }
}

fn number_argument(field: &Field) -> TokenStream {
    let ty = written_type(field);
    quote!(impl IntoNumber<#ty>)
}

fn number_step(field: &Field) -> TokenStream {
    let (name, wire, ty) = (ident(&field.rust), &field.wire, written_type(field));
    quote!(.with::<#ty>(#wire, #name.into_number()))
}

/// Sets one member to what is taken as this type.
pub(super) fn setter_taking(field: &Field, argument: &TokenStream) -> TokenStream {
    set(field, argument, &step(field))
}

fn set(field: &Field, argument: &TokenStream, step: &TokenStream) -> TokenStream {
    let (words, bounds) = field.description.split_once(BOUNDS).unwrap_or((&field.description, ""));
    let bounds = if bounds.is_empty() { String::new() } else { format!("Bounds: {bounds}") };
    let comment = docs::comment(&[format!("{}.", first_sentence(words)), bounds]);
    let name = ident(&field.rust);
    quote! {
        #comment
        #[inline]
        pub fn #name(self, #name: #argument) -> Self {
            self #step
        }
    }
}

fn step(field: &Field) -> TokenStream {
    let (name, wire, ty) = (ident(&field.rust), &field.wire, written_type(field));
    match field.ty {
        Type::File => quote!(.with_files(#wire, [#name])),
        _ if is_file(&field.ty) => quote!(.with_files(#wire, #name)),
        _ if takes_file(field) => {
            let ty = upload_type(field);
            quote!(.with_upload::<#ty>(#wire, #name))
        }
        _ if takes_content(field) => quote!(.with::<#ty>(#wire, #name.into_composite())),
        Type::Secret if field.may_be_null => quote!(.with_secret_or_null(#wire, #name.into())),
        Type::Secret => quote!(.with_secret(#wire, #name)),
        _ if field.holds_secrets => quote!(.with_confidential::<#ty>(#wire, #name)),
        // As a column yes and no are numbers; here they are JSON's own.
        Type::Boolean if field.may_be_null => quote!(.with::<Json>(#wire, Into::<#ty>::into(#name))),
        Type::Boolean => quote!(.with::<Json>(#wire, #name)),
        _ => quote!(.with::<#ty>(#wire, #name)),
    }
}

/// Whether it is an object that stands in the place of what can only be read, such as the content of a file in that of its id. It may be
/// read while it is sent.
fn takes_file(field: &Field) -> bool {
    let is_object = matches!(field.ty, Type::Composite { plain_is_read_only: true, .. });
    is_object && field.may_be_null && !field.holds_secrets
}

/// The object in that place.
fn upload_type(field: &Field) -> TokenStream {
    match &field.ty {
        Type::Composite { expanded, .. } => type_of(expanded),
        other => type_of(other),
    }
}

/// Whether a column that may be null is set to its content, or to either form of it.
fn takes_content(field: &Field) -> bool {
    let is_composite = matches!(field.ty, Type::Composite { plain_is_read_only: false, .. });
    is_composite && field.may_be_null && !field.holds_secrets
}

/// The type in which a value is written; a plain form that can only be read is left out.
fn written_type(field: &Field) -> TokenStream {
    let ty = match &field.ty {
        Type::Composite { expanded, plain_is_read_only: true, .. } => type_of(expanded),
        other => type_of(other),
    };
    if field.may_be_null { quote!(Option<#ty>) } else { ty }
}

/// Texts and what can be null are taken in several forms.
fn argument(field: &Field) -> TokenStream {
    if takes_file(field) {
        let (runtime, ty) = (runtime(), upload_type(field));
        return quote!(impl #runtime::IntoUpload<#ty>);
    }
    let ty = written_type(field);
    if matches!(field.ty, Type::List(_)) && is_file(&field.ty) {
        let runtime = runtime();
        return quote!(impl IntoIterator<Item = #runtime::FilePart>);
    }
    if let (true, Type::Composite { plain, expanded, .. }) = (takes_content(field), &field.ty) {
        let (plain, expanded) = (type_of(plain), type_of(expanded));
        return quote!(impl IntoComposite<#plain, #expanded>);
    }
    let is_taken = matches!(field.ty, Type::Text | Type::Secret | Type::Boxed(_));
    if field.may_be_null || is_taken { quote!(impl Into<#ty>) } else { ty }
}

/// Sets a member that stands beside the columns.
fn extra_setter(setter: &Setter) -> TokenStream {
    let field = &setter.field;
    let comment = docs::comment(&[&field.description]);
    let (name, wire) = (ident(&field.rust), &field.wire);
    if setter.by_member {
        return quote! {
            #comment
            #[inline]
            pub fn #name(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
                self.fields.set_in(#wire, name, value);
                self
            }
        };
    }
    quote! {
        #comment
        #[inline]
        pub fn #name<T: Into<String>>(mut self, #name: impl IntoIterator<Item = T>) -> Self {
            self.fields.set_texts(#wire, #name);
            self
        }
    }
}
