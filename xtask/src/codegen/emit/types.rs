//! Structs and enums of the document, as ordinary items. A macro of the core writes what reads and writes them.

use proc_macro2::TokenStream;
use quote::quote;

use super::{answers, bodies, docs, ident, made, members, type_of, type_of_field};
use crate::codegen::format::Fragment;
use crate::codegen::lower;
use crate::codegen::model::{
    AdditionalMembers, Field, NamedType, Presence, PropertyVariant, Shape, Sign, Tag, Tagged, TaggedVariant, Type,
    UnionVariant, Variant,
};

/// The items of one named type.
pub(super) fn fragments(ty: &NamedType) -> Vec<Fragment> {
    match &ty.shape {
        Shape::IntegerEnum { variants, ordered } => integer_enum(ty, variants, *ordered),
        Shape::TextEnum(variants) => text_enum(ty, variants),
        Shape::Object { fields, others, made_from, .. } => {
            let made = made_from.iter().flat_map(|from| made::fragments(ty, fields, from));
            object(ty, fields, others.as_ref()).into_iter().chain(made).collect()
        }
        Shape::Union(variants) => union(ty, variants),
        Shape::Request { required, optional, others, .. } => members::request(ty, required, optional, others.as_ref()),
        Shape::Tagged { tagged, variants } => tagged_union(ty, tagged, variants),
        Shape::ByProperty(variants) => by_property(ty, variants),
        Shape::Answers(variants) => answers::of_enum(ty, variants),
        Shape::Bodies(variants) => bodies::of_enum(ty, variants),
        Shape::Alias(name) => answers::alias(ty, name),
        Shape::Wrapper(inner, _) => wrapper(ty, inner),
    }
}

/// A value with a name of its own around another one.
fn wrapper(ty: &NamedType, inner: &Type) -> Vec<Fragment> {
    let (name, comment, inner) = (ident(&ty.name), docs::comment(&[&ty.description]), type_of(inner));
    let item = quote! {
        #comment
        #[derive(Debug, Clone, PartialEq)]
        pub struct #name(
            /// What it holds.
            pub #inner,
        );
    };
    let inner = inner.to_string().replace(' ', "").replace(',', ", ");
    vec![Fragment::Item(item), Fragment::Text(format!("wrapper!({}({inner}));", ty.name))]
}

/// Which values an enum has besides those with a name.
const OPEN: &str = "A value without a name is kept as it came, so a `match` ends in `_`.";

fn integer_enum(ty: &NamedType, variants: &[Variant<i64>], ordered: bool) -> Vec<Fragment> {
    let (name, comment) = (ident(&ty.name), docs::comment(&[ty.description.as_str(), OPEN]));
    let names = variants.iter().map(|variant| ident(&variant.name));
    let comments =
        variants.iter().map(|variant| docs::comment(&[format!("{} (`{}`)", variant.description, variant.value)]));
    let item = quote! {
        #comment
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#comments #names,)*
            #[doc(hidden)]
            Unknown(UnknownCode),
        }
    };
    let pairs = variants.iter().map(|variant| (variant.name.clone(), variant.value.to_string()));
    vec![Fragment::Item(item), invocation("integer_enum", &ty.name, pairs, if ordered { " ordered" } else { "" })]
}

fn text_enum(ty: &NamedType, variants: &[Variant<String>]) -> Vec<Fragment> {
    let (name, comment) = (ident(&ty.name), docs::comment(&[ty.description.as_str(), OPEN]));
    let names = variants.iter().map(|variant| ident(&variant.name));
    let comments =
        variants.iter().map(|variant| docs::comment(&[format!("{} (`{:?}`)", variant.description, variant.value)]));
    let item = quote! {
        #comment
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#comments #names,)*
            #[doc(hidden)]
            Unknown(UnknownText),
        }
    };
    let pairs = variants.iter().map(|variant| (variant.name.clone(), format!("{:?}", variant.value)));
    vec![Fragment::Item(item), invocation("text_enum", &ty.name, pairs, "")]
}

fn object(ty: &NamedType, fields: &[Field], others: Option<&AdditionalMembers>) -> Vec<Fragment> {
    let (name, comment) = (ident(&ty.name), docs::comment(&[&ty.description]));
    let all_optional = fields.iter().all(Field::is_option);
    let default = all_optional.then(|| quote!(, Default));
    let unknown = others.map(|others| {
        let (name, ty) = (ident(others.field()), map_of(others));
        let comment = format!(
            " Members that are not listed here{}.",
            if others.is_any() { "; they are kept and written back" } else { ", by name" }
        );
        quote! {
            #[doc = #comment]
            pub #name: #ty,
        }
    });
    let struct_fields = struct_fields(fields);
    let item = quote! {
        #comment
        #[derive(Debug, Clone, PartialEq #default)]
        #[non_exhaustive]
        pub struct #name {
            #struct_fields
            #unknown
        }
    };
    let pairs = fields.iter().enumerate().map(|(index, field)| {
        let presence = match (field.presence(), field.read_only) {
            (Presence::ThreeStates, true) => " read_only_or_null",
            (_, true) => " read_only",
            (Presence::Null, _) => " null",
            (Presence::ThreeStates, _) => " three_states",
            _ => "",
        };
        (format!("{index}: {}", field.rust), format!("{:?}{presence}", field.wire))
    });
    let text = invocation(
        "object",
        &ty.name,
        pairs,
        others.map_or("", |others| if others.is_any() { " unknown" } else { " additional" }),
    );
    let built = (ty.is_sent && !all_optional).then(|| built(ty, fields, others));
    std::iter::once(Fragment::Item(item)).chain(built).chain([text]).collect()
}

/// The type of the members that are not listed.
fn map_of(others: &AdditionalMembers) -> TokenStream {
    let ty = type_of(&others.ty);
    if others.is_any() { quote!(JsonMap) } else { quote!(BTreeMap<String, #ty>) }
}

/// How a caller builds an object: what it must have are arguments, the rest is absent until a field is set.
fn built(ty: &NamedType, fields: &[Field], others: Option<&AdditionalMembers>) -> Fragment {
    let name = ident(&ty.name);
    let (required, optional): (Vec<&Field>, Vec<&Field>) = fields.iter().partition(|field| !field.is_option());
    let arguments = required.iter().map(|field| {
        let (name, ty) = (ident(&field.rust), type_of(&field.ty));
        match field.ty {
            Type::Text | Type::Secret | Type::Boxed(_) => quote!(#name: impl Into<#ty>),
            _ => quote!(#name: #ty),
        }
    });
    let given = required.iter().map(|field| {
        let name = ident(&field.rust);
        match field.ty {
            Type::Text | Type::Secret | Type::Boxed(_) => quote!(#name: #name.into()),
            _ => quote!(#name),
        }
    });
    let absent = optional.iter().map(|field| {
        let name = ident(&field.rust);
        quote!(#name: None)
    });
    let unknown = others.map(|others| {
        let name = ident(others.field());
        if others.is_any() { quote!(#name: JsonMap::new(),) } else { quote!(#name: BTreeMap::new(),) }
    });
    // Arguments are what the document demands, however many that are.
    let many = (required.len() > 7).then(|| quote!(#[allow(clippy::too_many_arguments)]));
    let member = quote! {
        /// With what it must have; everything else is absent.
        #many
        pub fn new(#(#arguments),*) -> Self {
            Self { #(#given,)* #(#absent,)* #unknown }
        }
    };
    Fragment::Block { header: quote!(impl #name), members: vec![member] }
}

/// An enum of the alternatives and of whatever else comes.
fn union(ty: &NamedType, variants: &[UnionVariant]) -> Vec<Fragment> {
    let (name, comment) = (ident(&ty.name), docs::comment(&[&ty.description]));
    let names = variants.iter().map(|variant| ident(&variant.name));
    let types = variants.iter().map(|variant| type_of(&variant.ty));
    let comments = variants.iter().map(|variant| docs::comment(&[&variant.description]));
    let item = quote! {
        #comment
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum #name {
            #(#comments #names(#types),)*
            /// Anything else, as it came.
            Unknown(Json),
        }
    };
    let pairs = variants.iter().map(|variant| {
        let payload = type_of(&variant.ty).to_string().replace(' ', "");
        (format!("{}({payload})", variant.name), sign(&variant.sign))
    });
    vec![Fragment::Item(item), invocation("union", &ty.name, pairs, "")]
}

pub(super) fn sign(sign: &Sign) -> String {
    match sign {
        Sign::Is(member, tags) => {
            let tags: Vec<String> = tags
                .iter()
                .map(|tag| match tag {
                    Tag::Text(text) => format!("Tag::Text({text:?})"),
                    Tag::Integer(number) => format!("Tag::Integer({number})"),
                    Tag::Boolean(value) => format!("Tag::Boolean({value})"),
                })
                .collect();
            format!("Sign::Is({member:?}, &[{}])", tags.join(", "))
        }
        Sign::Has(member) => format!("Sign::Has({member:?})"),
        Sign::Kind(kind) => match kind.as_str() {
            "text" => "Sign::Text",
            "number" => "Sign::Number",
            "boolean" => "Sign::Boolean",
            "list" => "Sign::List",
            _ => "Sign::Object",
        }
        .to_owned(),
    }
}

pub(super) fn struct_fields(fields: &[Field]) -> proc_macro2::TokenStream {
    let names = fields.iter().map(|field| ident(&field.rust));
    let comments = fields.iter().map(|field| docs::comment(&[&field.description]));
    let types = fields.iter().map(type_of_field);
    quote!(#(#comments pub #names: #types,)*)
}

fn tagged_union(ty: &NamedType, tagged: &Tagged, variants: &[TaggedVariant]) -> Vec<Fragment> {
    let (name, comment) = (ident(&ty.name), docs::comment(&[&ty.description]));
    let Tagged { common, content, tag, default, .. } = tagged;
    let (common_type, content_type) = (ident(common), ident(content));
    let item = quote! {
        #comment
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub struct #name {
            /// What every kind has.
            pub common: #common_type,
            /// What this kind has.
            pub content: #content_type,
        }
    };
    let from_content = tagged.common_may_be_empty.then(|| {
        Fragment::Item(quote! {
            impl From<#content_type> for #name {
                fn from(content: #content_type) -> Self {
                    Self { common: #common_type::default(), content }
                }
            }
        })
    });
    let made = tagged.common_may_be_empty.then(|| {
        let made = |variant: &TaggedVariant| {
            let comment = docs::comment(&[format!("With this content: `{tag}` is {}.", variant.tag)]);
            let (method, of, payload) = (ident(&lower::snake(&variant.name)), ident(&variant.name), ident(&variant.ty));
            quote! {
                #comment
                pub fn #method(content: impl Into<#payload>) -> Self {
                    #content_type::#of(content.into()).into()
                }
            }
        };
        Fragment::Block { header: quote!(impl #name), members: variants.iter().map(made).collect() }
    });
    let comment =
        docs::comment(&[format!("What {} [`{}`] holds, told apart by `{tag}`.", docs::article(&ty.name), ty.name)]);
    let names = variants.iter().map(|variant| ident(&variant.name));
    let types = variants.iter().map(|variant| ident(&variant.ty));
    let comments = variants.iter().map(|variant| docs::comment(&[format!("`{tag}` is {}.", variant.tag)]));
    let content_item = quote! {
        #comment
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum #content_type {
            #(#comments #names(#types),)*
            /// Another kind: its number and its members.
            Unknown(i64, JsonMap),
        }
    };
    let rows: String = variants.iter().map(|v| format!("    {}({}) = {},\n", v.name, v.ty, v.tag)).collect();
    let head = format!("{} {{ common: {common}, content: {content} }} by {tag:?} or {default:?}", ty.name);
    let text = Fragment::Text(format!("tagged!({head} => {{\n{rows}}});"));
    [Fragment::Item(item)]
        .into_iter()
        .chain(from_content)
        .chain(made)
        .chain([Fragment::Item(content_item), text])
        .collect()
}

fn by_property(ty: &NamedType, variants: &[PropertyVariant]) -> Vec<Fragment> {
    let (name, comment) = (ident(&ty.name), docs::comment(&[&ty.description]));
    let names = variants.iter().map(|variant| ident(&variant.name));
    let types = variants.iter().map(|variant| ident(&variant.ty));
    let comments = variants.iter().map(|variant| docs::comment(&[&variant.description]));
    let item = quote! {
        #comment
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum #name {
            #(#comments #names(#types),)*
            /// Another kind, with its members.
            Unknown(JsonMap),
        }
    };
    let pairs =
        variants.iter().map(|variant| (format!("{}({})", variant.name, variant.ty), format!("{:?}", variant.property)));
    vec![Fragment::Item(item), invocation("by_property", &ty.name, pairs, "")]
}

/// A macro with a name and pairs, one a line.
pub(super) fn invocation(name: &str, ty: &str, pairs: impl Iterator<Item = (String, String)>, end: &str) -> Fragment {
    let rows: String = pairs.map(|(left, right)| format!("    {left} = {right},\n")).collect();
    Fragment::Text(format!("{name}!({ty} {{\n{rows}}}{end});"))
}
