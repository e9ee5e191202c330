//! Sources and sinks on the tile store: a computed image held as tiles, and a file whose chunks are decoded once.

use crate::TileStore;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use vfx_core::{
    Access, ChannelSet, ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink,
    ImageSource, ImageSpec, IoError, PlaneMut, PlaneRef, Planes, PlanesMut, PlanesRef, Region,
    Written,
};

/// Bytes of a row of scratch tiles, at most: what a worker holds before it stores them.
const TILE_ROW_BYTES: usize = 6 << 20;

/// Columns and rows of the scratch tiles of an image: 256 x 64, lower and wider where rows are long.
fn tile(spec: &ImageSpec) -> (usize, usize) {
    let row = spec.width() * spec.pixel_bytes();
    let rows = (TILE_ROW_BYTES / row.max(1)).clamp(8, 64);
    (if rows < 32 { 1024 } else { 256 }, rows)
}

/// A grid of tiles over a window.
fn grid(window: Region, chunk: (usize, usize)) -> ChunkLayout {
    ChunkLayout {
        window,
        chunk,
        order: ChunkOrder::Any,
    }
}

/// The numbers of the chunks that a region touches.
fn touched(g: &ChunkLayout, r: &Region) -> impl Iterator<Item = usize> {
    let (w, h, n) = (g.chunk.0 as i64, g.chunk.1 as i64, g.columns());
    let (x0, y0) = (r.x0 - g.window.x0, r.y0 - g.window.y0);
    let (cols, rows) = (
        x0 / w..=(x0 + r.width() as i64 - 1) / w,
        y0 / h..=(y0 + r.height() as i64 - 1) / h,
    );
    rows.flat_map(move |cy| cols.clone().map(move |cx| cy as usize * n + cx as usize))
}

/// Copies what `tile` has of `region` into a plane over `region`.
fn paste(tile: &PlaneRef<'_>, at: Region, region: Region, out: &mut PlaneMut<'_>) {
    let both = at.intersect(&region);
    let (w, h) = (both.width(), both.height());
    let src = tile.window((both.x0 - at.x0) as usize, (both.y0 - at.y0) as usize, w, h);
    out.window(
        (both.x0 - region.x0) as usize,
        (both.y0 - region.y0) as usize,
        w,
        h,
    )
    .copy_from(&src);
}

/// A computed image in the store.
pub(crate) struct StoredImage {
    spec: ImageSpec,
    store: Arc<TileStore>,
    id: u64,
}

impl Drop for StoredImage {
    fn drop(&mut self) {
        self.store.forget(self.id);
    }
}

impl ImageSource for StoredImage {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        Access::Random {
            chunk: tile(&self.spec),
            partial: true,
        }
    }
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        if region.is_empty() {
            return Ok(());
        }
        let g = grid(self.spec.data_window, tile(&self.spec));
        for n in touched(&g, &region) {
            let missing = || {
                Err(IoError::malformed(
                    "scratch",
                    format!("tile {n}"),
                    "was never written",
                ))
            };
            let tile = self.store.get((self.id, n), missing)?;
            for (o, &c) in out.iter_mut().zip(&channels.0) {
                paste(&tile.plane(c), g.region(n), region, o);
            }
        }
        Ok(())
    }
}

/// Takes an image into the store.
pub(crate) struct StoreSink {
    specs: [ImageSpec; 1],
    image: Arc<StoredImage>,
}

impl StoreSink {
    pub fn new(spec: ImageSpec, store: Arc<TileStore>) -> Self {
        let image = Arc::new(StoredImage {
            spec: spec.clone(),
            id: store.image(),
            store,
        });
        Self {
            specs: [spec],
            image,
        }
    }
    pub fn image(&self) -> Arc<dyn ImageSource> {
        self.image.clone()
    }
}

struct StoreEncoder(Arc<StoredImage>);

impl ChunkEncoder for StoreEncoder {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        let (w, h) = planes.first().map_or((0, 0), |p| (p.width(), p.height()));
        let samples: Vec<_> = planes.iter().map(|p| p.sample()).collect();
        let mut tile = self.0.store.planes(w, h, &samples);
        for (c, p) in planes.iter().enumerate() {
            tile.plane_mut(c).copy_from(p);
        }
        self.0.store.put((self.0.id, index), tile)?;
        Ok(EncodedChunk {
            index,
            ..EncodedChunk::default()
        })
    }
}

impl ImageSink for StoreSink {
    fn specs(&self) -> &[ImageSpec] {
        &self.specs
    }
    fn layout(&self, _: usize) -> ChunkLayout {
        grid(self.specs[0].data_window, tile(&self.specs[0]))
    }
    fn encoder(&self, _: usize) -> Arc<dyn ChunkEncoder> {
        Arc::new(StoreEncoder(self.image.clone()))
    }
    fn commit(&mut self, _: usize, _: EncodedChunk) -> Result<(), IoError> {
        Ok(())
    }
    fn finish(self: Box<Self>) -> Result<Written, IoError> {
        Ok(Written::default())
    }
}

/// A source whose chunks go through the store: decoded once, whoever asks, in whatever order.
pub(crate) struct CachedSource {
    inner: Arc<dyn ImageSource>,
    channels: Vec<usize>,
    store: Arc<TileStore>,
    id: u64,
    grid: ChunkLayout,
    /// Top-down sources: the next chunk to decode, one reader at a time.
    next: Option<Mutex<usize>>,
    retired: AtomicI64,
}

impl CachedSource {
    /// Wraps a source of which only `channels` will be read.
    pub fn new(inner: Arc<dyn ImageSource>, channels: Vec<usize>, store: Arc<TileStore>) -> Self {
        let window = inner.spec().data_window;
        let (chunk, ordered) = match inner.access() {
            Access::Random { chunk, .. } => (chunk, false),
            Access::TopDown { rows } => ((window.width().max(1), rows.max(16)), true),
            Access::Whole => ((window.width().max(1), 64), false),
        };
        let id = store.image();
        let next = ordered.then(|| Mutex::new(0));
        let retired = AtomicI64::new(window.y0);
        Self {
            grid: grid(window, chunk),
            inner,
            channels,
            store,
            id,
            next,
            retired,
        }
    }
    /// Nothing above row `y` will be asked for again.
    pub fn retire_above(&self, y: i64) {
        let was = self.retired.fetch_max(y, Ordering::Relaxed);
        let row = |y: i64| {
            ((y - self.grid.window.y0).max(0) as usize / self.grid.chunk.1).min(self.grid.rows())
        };
        let n = self.grid.columns();
        if row(y) > row(was) {
            self.store.retire(self.id, row(was) * n..row(y) * n);
        }
    }
    fn decode(&self, n: usize) -> Result<Planes, IoError> {
        let r = self.grid.region(n);
        let channels = &self.inner.spec().channels;
        let samples: Vec<_> = self
            .channels
            .iter()
            .map(|&c| channels[c].format.sample)
            .collect();
        let mut planes = self.store.planes(r.width(), r.height(), &samples);
        self.inner.read(
            r,
            &ChannelSet(self.channels.clone()),
            &mut planes.views_mut(),
        )?;
        Ok(planes)
    }
    fn chunk(&self, n: usize) -> Result<Arc<Planes>, IoError> {
        let Some(next) = &self.next else {
            return self.store.get((self.id, n), || self.decode(n));
        };
        let mut at = next.lock().expect("reader lock");
        // Chunks on the way are kept: another worker is about to want them.
        while *at < n {
            let i = *at;
            let keep = self.grid.region(i).y1 > self.retired.load(Ordering::Relaxed);
            if keep {
                let planes = self.decode(i)?;
                self.store.put((self.id, i), planes)?;
            }
            *at += 1;
        }
        if *at == n {
            let planes = self.decode(n)?;
            self.store.put((self.id, n), planes)?;
            *at += 1;
        }
        drop(at);
        self.store.get((self.id, n), || self.decode(n))
    }
}

impl Drop for CachedSource {
    fn drop(&mut self) {
        self.store.forget(self.id);
    }
}

impl ImageSource for CachedSource {
    fn spec(&self) -> &ImageSpec {
        self.inner.spec()
    }
    fn access(&self) -> Access {
        Access::Random {
            chunk: self.grid.chunk,
            partial: true,
        }
    }
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        if region.is_empty() {
            return Ok(());
        }
        for n in touched(&self.grid, &region) {
            let tile = self.chunk(n)?;
            for (o, c) in out.iter_mut().zip(&channels.0) {
                let i = self
                    .channels
                    .iter()
                    .position(|k| k == c)
                    .expect("the planner lists the channels in use");
                paste(&tile.plane(i), self.grid.region(n), region, o);
            }
        }
        Ok(())
    }
}
