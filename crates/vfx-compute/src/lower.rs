//! From the user's graph to what workers run: structure is folded into the reads, pointwise runs are fused.

use crate::gather::{Gather, Shift};
use crate::graph::{ChannelPick, Kind, Node};
use crate::leaf::{Leaf, LeafPick};
use crate::{GridMap, Image, Op, Pointwise};
use std::collections::HashMap;
use std::sync::Arc;
use vfx_core::{ImageSource, IoError, Region};

pub(crate) enum Work {
    Leaf(Leaf),
    Op(Arc<dyn Op>),
}

/// A step: what makes a block, then what changes it in place.
pub(crate) struct Step {
    pub work: Work,
    pub inputs: Vec<usize>,
    pub post: Vec<Arc<dyn Pointwise>>,
    pub window: Region,
    pub channels: usize,
}

impl Step {
    pub fn name(&self) -> String {
        let mut name = match &self.work {
            Work::Leaf(l) => l.describe(),
            Work::Op(o) => o.name(),
        };
        for p in &self.post {
            name += &format!(" + {}", p.name());
        }
        name
    }
    /// The source whose own samples it is, untouched.
    pub fn as_copy(&self) -> Option<&Leaf> {
        match &self.work {
            Work::Leaf(leaf) if self.post.is_empty() => Some(leaf),
            _ => None,
        }
    }
    /// Whether its result depends on several channels at once.
    pub fn mixes(&self) -> bool {
        matches!(&self.work, Work::Op(o) if o.mixes()) || self.post.iter().any(|p| p.mixes())
    }
}

/// Steps in topological order.
pub(crate) struct Lowered {
    pub steps: Vec<Step>,
    /// The steps that make the images asked for, in their order; two may be one step.
    pub outputs: Vec<usize>,
    /// Of each step: who reads it, as (step, input).
    pub consumers: Vec<Vec<(usize, usize)>>,
}

impl Lowered {
    /// All there is to do is to write a source's own samples, untouched.
    pub fn is_copy(&self) -> bool {
        matches!((&self.steps[..], &self.outputs[..]), ([step], [_]) if step.as_copy().is_some())
    }
    pub fn leaves(&self) -> impl Iterator<Item = &Leaf> {
        self.steps.iter().filter_map(|s| match &s.work {
            Work::Leaf(l) => Some(l),
            Work::Op(_) => None,
        })
    }
    pub fn leaves_mut(&mut self) -> impl Iterator<Item = &mut Leaf> {
        self.steps.iter_mut().filter_map(|s| match &mut s.work {
            Work::Leaf(l) => Some(l),
            Work::Op(_) => None,
        })
    }
}

/// Computes an image whole and hands it back as a source.
pub(crate) type Materialise<'a> = dyn FnMut(&Image) -> Result<Arc<dyn ImageSource>, IoError> + 'a;

/// Lowers images that are made together: what they share becomes one step.
pub(crate) fn lower(
    images: &[&Image],
    materialise: &mut Materialise<'_>,
) -> Result<Lowered, IoError> {
    let mut uses = HashMap::new();
    for image in images {
        count(image, &mut uses);
    }
    let mut l = Lowering {
        steps: Vec::new(),
        known: HashMap::new(),
        sources: HashMap::new(),
        uses,
        materialise,
    };
    let outputs = images
        .iter()
        .map(|i| l.step(i))
        .collect::<Result<Vec<_>, _>>()?;
    let steps = l.steps;
    let mut consumers = vec![Vec::new(); steps.len()];
    for (k, s) in steps.iter().enumerate() {
        for (i, &from) in s.inputs.iter().enumerate() {
            consumers[from].push((k, i));
        }
    }
    Ok(Lowered {
        steps,
        outputs,
        consumers,
    })
}

/// The nodes of a graph.
pub(crate) fn nodes(image: &Image) -> std::collections::HashSet<*const Node> {
    let mut uses = HashMap::new();
    count(image, &mut uses);
    uses.into_keys().collect()
}

fn count(image: &Image, uses: &mut HashMap<*const Node, usize>) {
    let n = uses.entry(Arc::as_ptr(&image.0)).or_insert(0);
    *n += 1;
    if *n > 1 {
        return;
    }
    match &image.0.kind {
        Kind::Source(_) => {}
        Kind::View(i, _) | Kind::Pointwise(i, _) | Kind::Barrier(i) => count(i, uses),
        Kind::Channels(v, _) | Kind::Op(v, _) => v.iter().for_each(|i| count(i, uses)),
    }
}

struct Lowering<'a, 'b> {
    steps: Vec<Step>,
    known: HashMap<*const Node, usize>,
    sources: HashMap<*const Node, Arc<dyn ImageSource>>,
    uses: HashMap<*const Node, usize>,
    materialise: &'a mut Materialise<'b>,
}

impl Lowering<'_, '_> {
    fn push(&mut self, step: Step) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    /// The image as a source's samples on another grid, if it is no more than that.
    fn as_leaf(&mut self, image: &Image) -> Result<Option<Leaf>, IoError> {
        let node = &*image.0;
        Ok(match &node.kind {
            Kind::Source(s) => Some(Leaf::new(s.clone())),
            Kind::Barrier(inner) => Some(Leaf::new(self.stored(image, inner)?)),
            Kind::View(inner, map) => match self.as_leaf(inner)? {
                Some(leaf) => Some(leaf.mapped(map, node.spec.data_window)),
                None if !map.is_shift() => {
                    Some(Leaf::new(self.stored(image, inner)?).mapped(map, node.spec.data_window))
                }
                None => None,
            },
            Kind::Channels(inputs, picks) if inputs.len() == 1 => {
                self.as_leaf(&inputs[0])?.map(|leaf| {
                    let picks = picks.iter().map(|p| match *p {
                        ChannelPick::Input(c) | ChannelPick::Of(_, c) => leaf.picks[c],
                        ChannelPick::Constant(v) => LeafPick::Constant(v),
                    });
                    Leaf {
                        picks: picks.collect(),
                        ..leaf.clone()
                    }
                })
            }
            _ => None,
        })
    }

    fn stored(&mut self, of: &Image, inner: &Image) -> Result<Arc<dyn ImageSource>, IoError> {
        let key = Arc::as_ptr(&of.0);
        if let Some(s) = self.sources.get(&key) {
            return Ok(s.clone());
        }
        let source = (self.materialise)(inner)?;
        self.sources.insert(key, source.clone());
        Ok(source)
    }

    /// Whether nobody but one consumer reads this image, through views that change nothing too.
    fn exclusive(&self, image: &Image) -> bool {
        let once = self
            .uses
            .get(&Arc::as_ptr(&image.0))
            .is_none_or(|n| *n <= 1);
        once && match &image.0.kind {
            Kind::View(inner, map) if is_identity(image, inner, map) => self.exclusive(inner),
            _ => true,
        }
    }

    fn step(&mut self, image: &Image) -> Result<usize, IoError> {
        let key = Arc::as_ptr(&image.0);
        if let Some(&k) = self.known.get(&key) {
            return Ok(k);
        }
        let node = &*image.0;
        let op = |work, inputs| Step {
            work: Work::Op(work),
            inputs,
            post: Vec::new(),
            window: node.spec.data_window,
            channels: node.spec.channels.len(),
        };
        let k = if let Some(leaf) = self.as_leaf(image)? {
            let (window, channels) = (leaf.window, leaf.picks.len());
            self.push(Step {
                work: Work::Leaf(leaf),
                inputs: Vec::new(),
                post: Vec::new(),
                window,
                channels,
            })
        } else {
            match &node.kind {
                Kind::View(inner, map) => {
                    let from = self.step(inner)?;
                    if is_identity(image, inner, map) {
                        from
                    } else {
                        self.push(op(Arc::new(Shift(*map)), vec![from]))
                    }
                }
                Kind::Channels(inputs, picks) => {
                    let from = inputs
                        .iter()
                        .map(|i| self.step(i))
                        .collect::<Result<_, _>>()?;
                    self.push(op(Arc::new(Gather(picks.clone())), from))
                }
                Kind::Pointwise(inner, p) => {
                    let from = self.step(inner)?;
                    if self.exclusive(inner) {
                        self.steps[from].post.push(p.clone());
                        from
                    } else {
                        let copy = op(Arc::new(Shift(GridMap::default())), vec![from]);
                        self.push(Step {
                            post: vec![p.clone()],
                            ..copy
                        })
                    }
                }
                Kind::Op(inputs, o) => {
                    let from = inputs
                        .iter()
                        .map(|i| self.step(i))
                        .collect::<Result<_, _>>()?;
                    self.push(op(o.clone(), from))
                }
                Kind::Source(_) | Kind::Barrier(_) => unreachable!("always a leaf"),
            }
        };
        self.known.insert(key, k);
        Ok(k)
    }
}

fn is_identity(image: &Image, inner: &Image, map: &GridMap) -> bool {
    *map == GridMap::default() && image.spec().data_window == inner.spec().data_window
}
