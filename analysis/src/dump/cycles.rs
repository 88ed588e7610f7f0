//! Cycles of a graph: strongly connected components.

/// The components of a graph that are a cycle: of two nodes or more, or of one that points to itself. Tarjan's
/// algorithm (SIAM Journal on Computing 1, 1972) with a stack of its own, so that a chain of any length is no problem.
/// `edges[n]` are the nodes that `n` points to.
pub(super) fn cycles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const NONE: usize = usize::MAX;
    let n_nodes = edges.len();
    let (mut index, mut low) = (vec![NONE; n_nodes], vec![0; n_nodes]);
    let mut is_open = vec![false; n_nodes];
    let (mut open, mut found, mut next) = (Vec::new(), Vec::new(), 0);
    for root in 0..n_nodes {
        if index[root] != NONE {
            continue;
        }
        let mut path = vec![(root, 0)];
        while let Some(&mut (node, ref mut edge)) = path.last_mut() {
            if *edge == 0 {
                (index[node], low[node], is_open[node]) = (next, next, true);
                next += 1;
                open.push(node);
            }
            if let Some(&target) = edges[node].get(*edge) {
                *edge += 1;
                if index[target] == NONE {
                    path.push((target, 0));
                } else if is_open[target] {
                    low[node] = low[node].min(index[target]);
                }
                // A node without edges is left below; one with edges must not be entered again.
                continue;
            }
            path.pop();
            if let Some(&(above, _)) = path.last() {
                low[above] = low[above].min(low[node]);
            }
            if low[node] == index[node] {
                let begin = open.iter().rposition(|&other| other == node).unwrap_or(0);
                let component = open.split_off(begin);
                component.iter().for_each(|&node| is_open[node] = false);
                if component.len() > 1 || edges[node].contains(&node) {
                    found.push(component);
                }
            }
        }
    }
    found
}

/// One way around inside a component, from its first node: the shortest.
pub(super) fn way_around(edges: &[Vec<usize>], component: &[usize]) -> Vec<usize> {
    let Some(&first) = component.iter().min() else { return Vec::new() };
    let mut before: Vec<Option<usize>> = vec![None; edges.len()];
    let mut is_inside = vec![false; edges.len()];
    component.iter().for_each(|&node| is_inside[node] = true);
    let mut queue = std::collections::VecDeque::from([first]);
    while let Some(node) = queue.pop_front() {
        for &target in &edges[node] {
            if target == first {
                let mut way = vec![node];
                while let Some(previous) =
                    before[*way.last().unwrap_or(&first)].filter(|_| way.last() != Some(&first))
                {
                    way.push(previous);
                }
                way.reverse();
                return way;
            }
            if before[target].is_none() && is_inside[target] {
                before[target] = Some(node);
                queue.push_back(target);
            }
        }
    }
    vec![first]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_and_ways() {
        // 0 → 1 → 2 → 0, 3 → 0, 4 → 4, 5 → 6.
        let edges = vec![vec![1], vec![2], vec![0], vec![0], vec![4], vec![6], vec![]];
        let mut found = cycles(&edges);
        found.iter_mut().for_each(|component| component.sort_unstable());
        found.sort();
        assert_eq!(found, [vec![0, 1, 2], vec![4]]);
        assert_eq!(way_around(&edges, &found[0]), [0, 1, 2]);
        assert_eq!(way_around(&edges, &found[1]), [4]);
    }

    #[test]
    fn a_long_chain_takes_no_stack() {
        let n_nodes = 100_000;
        let edges: Vec<Vec<usize>> = (0..n_nodes).map(|node| vec![(node + 1) % n_nodes]).collect();
        let found = cycles(&edges);
        assert_eq!(found.len(), 1);
        assert_eq!(way_around(&edges, &[0, 1]).len(), 1);
    }
}
