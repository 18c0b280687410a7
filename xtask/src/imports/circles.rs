//! Circles of a graph: its strongly connected components of more than one member (Tarjan's algorithm).

use std::collections::BTreeMap;

use super::Graph;

/// The groups of files that each lead back to themselves, sorted.
pub(crate) fn of(graph: &Graph) -> Vec<Vec<String>> {
    let mut search =
        Search { graph, numbers: BTreeMap::new(), lowest: BTreeMap::new(), open: Vec::new(), found: Vec::new() };
    for file in graph.keys() {
        if !search.numbers.contains_key(file.as_str()) {
            search.visit(file);
        }
    }
    search.found.sort();
    search.found
}

struct Search<'a> {
    graph: &'a Graph,
    /// In which order files were met.
    numbers: BTreeMap<&'a str, usize>,
    /// The first file met that each leads back to.
    lowest: BTreeMap<&'a str, usize>,
    /// Files whose component is not known yet.
    open: Vec<&'a str>,
    found: Vec<Vec<String>>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, file: &'a str) {
        let number = self.numbers.len();
        self.numbers.insert(file, number);
        self.lowest.insert(file, number);
        self.open.push(file);
        for next in self.graph.get(file).into_iter().flatten() {
            let reached = match self.numbers.get(next.as_str()) {
                None => {
                    self.visit(next);
                    self.lowest[next.as_str()]
                }
                Some(number) if self.open.contains(&next.as_str()) => *number,
                Some(_) => continue,
            };
            let least = self.lowest[file].min(reached);
            self.lowest.insert(file, least);
        }
        if self.lowest[file] == number {
            self.close(file);
        }
    }

    /// Takes the component that begins with this file.
    fn close(&mut self, file: &str) {
        let Some(start) = self.open.iter().position(|open| *open == file) else { return };
        let mut component: Vec<String> = self.open.split_off(start).into_iter().map(str::to_owned).collect();
        if component.len() > 1 {
            component.sort();
            self.found.push(component);
        }
    }
}
