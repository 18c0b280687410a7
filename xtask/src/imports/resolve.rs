//! From paths to the files in which what they name is defined.

use std::collections::BTreeSet;

use super::module::{Module, Modules, Segments};

/// How often a name may lead on to another before it counts as lost.
const STEPS: usize = 20;

/// The files that a module depends on, without its own.
pub(crate) fn files(modules: &Modules, module: &Module) -> BTreeSet<String> {
    let imported = module.imports.iter().filter_map(|(_, path)| absolute(module, path));
    let inline = module.inline.iter().filter_map(|path| known(module, path));
    let globs = module.globs.iter().filter_map(|path| absolute(module, path));
    let named = imported.chain(inline).filter_map(|path| definition(modules, &path, STEPS));
    // A glob depends on what the module holds, whichever of its names are used.
    let whole = globs.filter_map(|path| modules.get(&path).map(|module| module.file.clone()));
    named.chain(whole).filter(|file| *file != module.file).collect()
}

/// An inline path from the root of the crate, as far as the module knows its first name.
fn known(module: &Module, path: &Segments) -> Option<Segments> {
    let (first, rest) = path.split_first()?;
    match module.imports.iter().find(|(name, _)| name == first) {
        Some((_, import)) => Some(absolute(module, import)?.into_iter().chain(rest.iter().cloned()).collect()),
        None => absolute(module, path),
    }
}

/// A path from the root of the crate; none if it leads out of the crate.
fn absolute(module: &Module, path: &Segments) -> Option<Segments> {
    let mut base = module.path.clone();
    let mut rest = path.as_slice();
    match rest.first()?.as_str() {
        "crate" => {
            base.clear();
            rest = &rest[1..];
        }
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|first| first == "super") {
                base.pop()?;
                rest = &rest[1..];
            }
        }
        first if module.children.iter().any(|child| child == first) => {}
        _ => return None,
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// The file that defines what a path leads to; none for a path to a module alone, or one that is lost.
fn definition(modules: &Modules, path: &Segments, steps: usize) -> Option<String> {
    let depth = (0..=path.len()).rev().find(|depth| modules.contains_key(&path[..*depth]))?;
    let module = &modules[&path[..depth]];
    let name = path.get(depth)?;
    if steps == 0 {
        return None;
    }
    if let Some((_, import)) = module.imports.iter().find(|(known, _)| known == name) {
        let onward: Segments = absolute(module, import)?.into_iter().chain(path[depth + 1..].iter().cloned()).collect();
        return definition(modules, &onward, steps - 1);
    }
    let through = module.globs.iter().filter_map(|glob| absolute(module, glob)).find_map(|glob| {
        let holds = modules.get(&glob).is_some_and(|target| target.defines.contains(name));
        holds.then_some(glob)
    });
    match through {
        Some(glob) => modules.get(&glob).map(|module| module.file.clone()),
        None => Some(module.file.clone()),
    }
}
