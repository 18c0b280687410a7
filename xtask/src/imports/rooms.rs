//! The rooms of a crate, which are the files and folders at its root: which of them depend on rooms above themselves.

use std::collections::BTreeSet;

use super::Graph;

/// The rooms of a crate from the ground up: each may depend on those before it.
pub(crate) struct Plan {
    pub folder: &'static str,
    pub rooms: &'static [&'static str],
    /// The arrows that run back all the same. ARCHITECTURE.md says why.
    pub back: &'static [(&'static str, &'static str)],
}

/// What is wrong with the arrows of a crate: such as run back and are not allowed, and allowed ones that are gone.
pub(crate) fn wrong(graph: &Graph, plan: &Plan) -> Vec<String> {
    let mut wrong: Vec<String> = Vec::new();
    let height = |room: &str| plan.rooms.iter().position(|known| *known == room);
    let mut back: BTreeSet<(String, String)> = BTreeSet::new();
    for (file, targets) in graph {
        let from = room(file);
        let Some(own) = height(from) else {
            wrong.push(format!("{from} is not in the plan of the rooms"));
            continue;
        };
        for target in targets.iter().filter(|target| height(room(target)) > Some(own)) {
            let arrow = (from.to_owned(), room(target).to_owned());
            if !plan.back.contains(&(from, room(target))) {
                wrong.push(format!("{file} -> {target} runs back from {} to {}", arrow.0, arrow.1));
            }
            back.insert(arrow);
        }
    }
    let gone = plan.back.iter().filter(|(from, to)| !back.contains(&((*from).to_owned(), (*to).to_owned())));
    wrong.extend(gone.map(|(from, to)| format!("{from} -> {to} is allowed to run back, and does not")));
    wrong.sort();
    wrong.dedup();
    wrong
}

/// The room of a file.
fn room(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or(file);
    first.strip_suffix(".rs").unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan { folder: "", rooms: &["a", "b", "c"], back: &[("a", "c")] };

    fn graph(arrows: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::new();
        for (from, to) in arrows {
            graph.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        graph
    }

    #[test]
    fn arrows_run_down_or_are_allowed() {
        let fine = [("c.rs", "a/x.rs"), ("b/y.rs", "a.rs"), ("b/y.rs", "b.rs"), ("a.rs", "c/z.rs")];
        assert_eq!(wrong(&graph(&fine), &PLAN), Vec::<String>::new());
        let back = wrong(&graph(&[("a.rs", "c.rs"), ("a/x.rs", "b/y.rs"), ("d.rs", "a.rs")]), &PLAN);
        assert_eq!(back, ["a/x.rs -> b/y.rs runs back from a to b", "d is not in the plan of the rooms"]);
        assert_eq!(wrong(&graph(&[("b.rs", "a.rs")]), &PLAN), ["a -> c is allowed to run back, and does not"]);
    }
}
