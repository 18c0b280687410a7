//! References: chains, places inside the document and files beside it become components of the one document. A URL is never
//! followed, and no file outside the folder of the document is read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use super::report::{Report, refused};
use super::walk::{Kind, reference};
use crate::codegen::load;
use crate::codegen::location::Location;
use crate::pointer::{escaped, percent_decoded, unescaped};
use crate::yaml::{Map, Node};

/// The document with everything that it refers to among its components.
pub(super) fn bundled(root: Node, path: &Path, location: &Location, report: &mut Report) -> anyhow::Result<Node> {
    let mut bundle = Bundle {
        folder: path.parent().unwrap_or(Path::new("")).to_owned(),
        root: path.to_owned(),
        files: HashMap::from([(path.to_owned(), Rc::new(root))]),
        names: HashMap::new(),
        taken: HashSet::new(),
        waiting: Vec::new(),
        components: BTreeMap::new(),
        report,
        location: location.clone(),
    };
    bundle.run()
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct FileLocation {
    file: PathBuf,
    pointer: String,
}

struct Bundle<'r> {
    folder: PathBuf,
    root: PathBuf,
    files: HashMap<PathBuf, Rc<Node>>,
    /// Name of each component, by what it is and where it stands.
    names: HashMap<(Kind, FileLocation), String>,
    taken: HashSet<(&'static str, String)>,
    /// Components that were named and not yet copied.
    waiting: Vec<(Kind, FileLocation, String)>,
    components: BTreeMap<&'static str, Map>,
    report: &'r mut Report,
    location: Location,
}

const GROUPS: [Kind; 6] =
    [Kind::Schema, Kind::Parameter, Kind::RequestBody, Kind::Response, Kind::Header, Kind::Scheme];

impl Bundle<'_> {
    fn run(&mut self) -> anyhow::Result<Node> {
        let document = Rc::clone(&self.files[&self.root]);
        let at = FileLocation { file: self.root.clone(), pointer: "#".to_owned() };
        self.declared(&document);
        let Some(members) = document.as_map() else { anyhow::bail!("{}: an object is expected", self.location) };
        let mut whole = Map::new();
        for (key, node) in members.iter().filter(|(key, _)| *key != "components" && *key != "webhooks") {
            let below = FileLocation { pointer: format!("#/{}", escaped(key)), ..at.clone() };
            whole.insert(key.clone(), if key == "paths" { self.paths(node, &below) } else { node.clone() });
        }
        while let Some((kind, at, name)) = self.waiting.pop() {
            let file = self.file(&at.file)?;
            let node = file.pointer(&at.pointer).cloned().unwrap_or(Node::Null);
            let copied = self.copied(kind, &node, &at);
            let group = kind.group().unwrap_or_default();
            self.components.entry(group).or_default().insert(name, copied);
        }
        let mut components = Map::new();
        for kind in GROUPS {
            let group = kind.group().unwrap_or_default();
            let Some(mut found) = self.components.remove(group) else { continue };
            let order = |name: &String| document.at(&["components", group]).and_then(Node::as_map)?.get_index_of(name);
            found.sort_by(|left, _, right, _| {
                let last = usize::MAX;
                (order(left).unwrap_or(last), left).cmp(&(order(right).unwrap_or(last), right))
            });
            components.insert(group.to_owned(), Node::Map(found));
        }
        whole.insert("components".to_owned(), Node::Map(components));
        Ok(Node::Map(whole))
    }

    /// The components of the document keep their names; what is a mere reference stands for its target.
    fn declared(&mut self, document: &Node) {
        for kind in GROUPS {
            let group = kind.group().unwrap_or_default();
            let Some(named) = document.at(&["components", group]).and_then(Node::as_map) else { continue };
            for (name, node) in named {
                self.taken.insert((group, name.clone()));
                if is_mere_reference(kind, node) {
                    continue;
                }
                let pointer = format!("#/components/{group}/{}", escaped(name));
                let at = FileLocation { file: self.root.clone(), pointer };
                self.names.insert((kind, at.clone()), name.clone());
                self.waiting.push((kind, at, name.clone()));
            }
        }
    }

    fn paths(&mut self, paths: &Node, at: &FileLocation) -> Node {
        let Some(members) = paths.as_map() else { return paths.clone() };
        let fixed = members.iter().map(|(path, item)| {
            let below = FileLocation { pointer: format!("{}/{}", at.pointer, escaped(path)), ..at.clone() };
            (path.clone(), self.copied(Kind::PathItem, item, &below))
        });
        Node::Map(fixed.collect())
    }

    /// A copy with every reference leading to a component.
    fn copied(&mut self, kind: Kind, node: &Node, at: &FileLocation) -> Node {
        let Some(target) = reference(kind, node) else { return self.members(kind, node, at) };
        match self.resolved(kind, target, &at.file) {
            Err(construct) => refused(construct),
            Ok(found) => match kind.group() {
                Some(group) => {
                    let name = self.name(kind, group, &found);
                    let mut copy = node.as_map().cloned().unwrap_or_default();
                    copy.insert("$ref".to_owned(), format!("#/components/{group}/{}", escaped(&name)).into());
                    if kind != Kind::Schema {
                        copy.retain(|key, _| key == "$ref");
                    } else if copy.len() > 1 {
                        // Its siblings may refer to others, too.
                        let link = copy.shift_remove("$ref");
                        let siblings = self.members(kind, &Node::Map(copy), at);
                        copy = siblings.as_map().cloned().unwrap_or_default();
                        copy.extend(link.map(|link| ("$ref".to_owned(), link)));
                    }
                    Node::Map(copy)
                }
                None => self.inlined(kind, node, &found),
            },
        }
    }

    /// Objects that cannot be components are copied to where they are referred to; what stands beside the reference counts.
    fn inlined(&mut self, kind: Kind, node: &Node, found: &FileLocation) -> Node {
        let there = self.file(&found.file).ok().and_then(|file| file.pointer(&found.pointer).cloned());
        let copied = self.copied(kind, &there.unwrap_or(Node::Null), found);
        let mut copy = copied.as_map().cloned().unwrap_or_default();
        let beside = node.as_map().into_iter().flatten().filter(|(key, _)| *key != "$ref");
        for (key, value) in beside {
            copy.insert(key.clone(), value.clone());
        }
        Node::Map(copy)
    }

    fn members(&mut self, kind: Kind, node: &Node, at: &FileLocation) -> Node {
        let mut copy = node.clone();
        let Some(members) = copy.as_map_mut() else { return copy };
        if kind == Kind::Schema {
            self.mapping(members, at);
        }
        for child in super::walk::children(kind, members, &Location::root("")) {
            let pointer = format!("{}{}", at.pointer, &child.location.pointer()[1..]);
            let fixed = self.copied(child.kind, child.node, &FileLocation { pointer, ..at.clone() });
            *child.node = fixed;
        }
        copy
    }

    /// The values of a discriminator are references, too, or names of components.
    fn mapping(&mut self, members: &mut Map, at: &FileLocation) {
        let mapping = members.get_mut("discriminator").and_then(Node::as_map_mut).and_then(|it| it.get_mut("mapping"));
        let Some(mapping) = mapping.and_then(Node::as_map_mut) else { return };
        for target in mapping.values_mut() {
            let Node::Text(text) = target else { continue };
            let is_name = !text.contains('/') && !text.contains('#');
            let link = if is_name && self.taken.contains(&("schemas", text.clone())) {
                format!("#/components/schemas/{}", escaped(text))
            } else {
                text.clone()
            };
            *target = match self.resolved(Kind::Schema, &link, &at.file) {
                Ok(found) => {
                    let name = self.name(Kind::Schema, "schemas", &found);
                    format!("#/components/schemas/{}", escaped(&name)).into()
                }
                Err(construct) => refused(construct),
            };
        }
    }

    /// Where a reference leads in the end, and what stands there.
    fn resolved(&mut self, kind: Kind, target: &str, from: &Path) -> Result<FileLocation, String> {
        let (mut target, mut from) = (target.to_owned(), from.to_owned());
        for _ in 0..64 {
            let at = self.place_of(&target, &from)?;
            let file = self.file(&at.file).map_err(|error| format!("a reference to a file: {error:#}"))?;
            let node = file.pointer(&at.pointer).ok_or_else(|| format!("the reference {target:?} leads nowhere"))?;
            if !is_mere_reference(kind, node) {
                return Ok(at);
            }
            target = reference(kind, node).unwrap_or_default().to_owned();
            from = at.file;
        }
        Err(format!("the reference {target:?} leads back to itself"))
    }

    fn place_of(&self, target: &str, from: &Path) -> Result<FileLocation, String> {
        let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
        let pointer = format!("#{}", percent_decoded(fragment));
        if !(pointer == "#" || pointer.starts_with("#/")) {
            return Err(format!("the reference {target:?} is not a JSON pointer"));
        }
        if path.is_empty() {
            return Ok(FileLocation { file: from.to_owned(), pointer });
        }
        if path.contains("://") || path.starts_with("//") {
            return Err("a reference to a URL".to_owned());
        }
        let file = joined(from.parent().unwrap_or(Path::new("")), Path::new(&percent_decoded(path)));
        match file {
            Some(file) if file.starts_with(&self.folder) => Ok(FileLocation { file, pointer }),
            _ => Err("a reference out of the folder of the document".to_owned()),
        }
    }

    fn file(&mut self, path: &Path) -> anyhow::Result<Rc<Node>> {
        if let Some(known) = self.files.get(path) {
            return Ok(Rc::clone(known));
        }
        let node = Rc::new(load::node(path)?);
        self.files.insert(path.to_owned(), Rc::clone(&node));
        Ok(node)
    }

    fn name(&mut self, kind: Kind, group: &'static str, at: &FileLocation) -> String {
        let key = (kind, at.clone());
        if let Some(known) = self.names.get(&key) {
            return known.clone();
        }
        let preferred = preferred(at);
        let free = (1..).map(|number| if number == 1 { preferred.clone() } else { format!("{preferred}{number}") });
        let name =
            free.into_iter().find(|name| !self.taken.contains(&(group, name.clone()))).unwrap_or(preferred.clone());
        if name != preferred {
            let file = at.file.file_name().unwrap_or_default().to_string_lossy();
            self.report
                .note(&self.location, format!("{file}{} is named {name}; {preferred} is another one", at.pointer));
        }
        self.taken.insert((group, name.clone()));
        self.names.insert(key, name.clone());
        self.waiting.push((kind, at.clone(), name.clone()));
        name
    }
}

fn is_mere_reference(kind: Kind, node: &Node) -> bool {
    reference(kind, node).is_some() && (kind != Kind::Schema || node.as_map().is_some_and(|members| members.len() == 1))
}

/// The name for what stands somewhere: the last step that is a name, with the step before where it is none.
fn preferred(at: &FileLocation) -> String {
    const STRUCTURE: [&str; 12] = [
        "#",
        "schema",
        "items",
        "properties",
        "content",
        "paths",
        "responses",
        "parameters",
        "schemas",
        "allOf",
        "oneOf",
        "anyOf",
    ];
    let is_name = |step: &&str| !STRUCTURE.contains(step) && step.parse::<usize>().is_err();
    let steps: Vec<&str> = at.pointer.split('/').filter(is_name).collect();
    let is_whole_name = at.pointer.split('/').next_back().is_some_and(|last| is_name(&last));
    match steps.as_slice() {
        [] => at.file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        [.., last] if is_whole_name && !at.pointer.contains("/properties/") => unescaped(last),
        [.., before, last] => format!("{}_{}", unescaped(before), unescaped(last)),
        [last] => unescaped(last),
    }
}

/// The path from a folder, without `..`; nothing if it leads above the root.
fn joined(folder: &Path, path: &Path) -> Option<PathBuf> {
    let mut whole = folder.to_owned();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !whole.pop() {
                    return None;
                }
            }
            Component::Normal(name) => whole.push(name),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(whole)
}
