//! The lazy image graph, its planner and its streaming executor.
