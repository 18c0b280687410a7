//! Reads signatures and tags out of emitted files.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use quote::ToTokens;
use syn::{Expr, Fields, FnArg, ImplItem, Item, ItemImpl, ItemStatic, ReturnType, Visibility};

/// What users see of a few files, sorted within each kind.
#[derive(Default)]
pub(crate) struct Surface {
    methods: Vec<String>,
    /// Tag by the name of its constant.
    tags: BTreeMap<String, String>,
    fields: BTreeMap<String, Vec<String>>,
    variants: BTreeMap<String, Vec<String>>,
    setters: BTreeMap<String, Vec<String>>,
    constants: Vec<String>,
}

impl Surface {
    pub(crate) fn of(files: &[PathBuf]) -> Self {
        let mut surface = Surface::default();
        for path in files {
            let file = syn::parse_file(&std::fs::read_to_string(path).unwrap()).unwrap();
            file.items.iter().for_each(|item| surface.item(item));
        }
        surface.methods.sort();
        surface.constants.sort();
        surface
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Struct(item) => {
                let Fields::Named(fields) = &item.fields else { return };
                let public = fields.named.iter().filter(|field| matches!(field.vis, Visibility::Public(_)));
                let lines = public.map(|field| format!("{}: {}", text(&field.ident), text(&field.ty))).collect();
                self.fields.insert(item.ident.to_string(), lines);
            }
            Item::Enum(item) => {
                let names = item.variants.iter().map(text).map(|variant| without_docs(&variant)).collect();
                self.variants.insert(item.ident.to_string(), names);
            }
            Item::Const(item) if matches!(item.vis, Visibility::Public(_)) => {
                self.constants.push(format!("{}: {}", item.ident, text(&item.ty)));
            }
            Item::Static(item) => self.tag(item),
            Item::Impl(item) if item.trait_.is_none() => self.implementation(item),
            _ => {}
        }
    }

    fn tag(&mut self, item: &ItemStatic) {
        if let Expr::Call(call) = item.expr.as_ref()
            && text(&call.func) == "SecurityScheme::new"
        {
            let told: Vec<String> = call.args.iter().skip(1).map(text).collect();
            self.constants.push(format!("{}: {}", item.ident, told.join(", ")));
        }
        let Some(Description { arguments, said }) = description(&item.expr) else { return };
        let value = |name: &str| said.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
        let security = value("security").replace("Requirement::of(&schemes::", "").replace(['&', '[', ']', ')'], "");
        let security = security.replace(", ", "|").to_lowercase();
        let security = if security.is_empty() { "none" } else { security.trim_end_matches('|') }.to_owned();
        let safety = value("safety").replace("Safety::", "");
        let line = format!(
            "{} {} [{security}] {safety} -> {}",
            arguments[2].replace("Method::", ""),
            arguments[3].trim_matches('"'),
            value("success").trim_start_matches('&')
        );
        self.tags.insert(item.ident.to_string(), line);
    }

    fn implementation(&mut self, item: &ItemImpl) {
        let owner = text(&item.self_ty);
        for member in &item.items {
            let ImplItem::Fn(function) = member else { continue };
            if !matches!(function.vis, Visibility::Public(_)) {
                continue;
            }
            let inputs = function.sig.inputs.iter().map(|input| match input {
                FnArg::Receiver(receiver) => without_docs(&text(receiver)),
                FnArg::Typed(typed) => format!("{}: {}", text(&typed.pat), text(&typed.ty)),
            });
            let inputs = inputs.collect::<Vec<_>>().join(", ");
            let output = match &function.sig.output {
                ReturnType::Default => String::new(),
                ReturnType::Type(_, ty) => format!(" -> {}", text(ty)),
            };
            let generics = text(&function.sig.generics);
            let line = format!("{}{generics}({inputs}){output}", function.sig.ident);
            match tag_name(&text(&function.block)) {
                Some(tag) => self.methods.push(format!("{line}\n    {{{tag}}}")),
                None => self.setters.entry(owner.clone()).or_default().push(line),
            }
        }
    }
}

/// The constant that a method passes on: `self . call (& LIST_PENS)`.
fn tag_name(body: &str) -> Option<String> {
    let (_, rest) = body.split_once("call(&")?;
    rest.split_once(')').map(|(name, _)| name.to_owned())
}

/// Tokens as people write them.
pub(crate) fn text(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    let tight = [
        (" < ", "<"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        (" :: ", "::"),
        ("& ", "&"),
        (" . ", "."),
        (" (", "("),
        (" )", ")"),
        ("( ", "("),
    ];
    tight.iter().fold(text, |text, (from, to)| text.replace(from, to)).replace("->", "-> ").replace("->  ", "-> ")
}

fn without_docs(text: &str) -> String {
    text.rsplit(']').next().unwrap_or(text).trim().to_owned()
}

impl fmt::Display for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for method in &self.methods {
            let (line, tag) = method.split_once("\n    {").unwrap_or((method, ""));
            let tag = self.tags.get(tag.trim_end_matches('}')).map(String::as_str).unwrap_or("no tag");
            writeln!(f, "{line}\n    {tag}")?;
        }
        for (name, fields) in self.fields.iter().filter(|(_, fields)| !fields.is_empty()) {
            writeln!(f, "\nstruct {name}")?;
            fields.iter().try_for_each(|field| writeln!(f, "    {field}"))?;
        }
        for (name, variants) in &self.variants {
            writeln!(f, "\nenum {name}\n    {}", variants.join(" | "))?;
        }
        for (name, setters) in &self.setters {
            writeln!(f, "\nimpl {name}")?;
            setters.iter().try_for_each(|setter| writeln!(f, "    {setter}"))?;
        }
        if !self.constants.is_empty() {
            writeln!(f, "\nconst")?;
        }
        self.constants.iter().try_for_each(|constant| writeln!(f, "    {constant}"))
    }
}

/// The arguments of `Operation::new`, and what is said of the operation after it.
struct Description {
    arguments: Vec<String>,
    said: Vec<(String, String)>,
}

fn description(expression: &Expr) -> Option<Description> {
    match expression {
        Expr::MethodCall(call) => {
            let mut described = description(&call.receiver)?;
            described.said.push((call.method.to_string(), call.args.iter().map(text).collect()));
            Some(described)
        }
        Expr::Call(call) if text(&call.func) == "Operation::new" => {
            Some(Description { arguments: call.args.iter().map(text).collect(), said: Vec::new() })
        }
        _ => None,
    }
}
