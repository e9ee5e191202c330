//! Runs WGSL functions on pixels through Vulkan; a software driver is good enough.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pub name: String,
}

/// What a function reads besides its pixel.
pub enum Resource {
    Buffer(wgpu::Buffer),
    Texture(wgpu::TextureView),
}

impl Resource {
    fn binding(&self) -> wgpu::BindingResource<'_> {
        match self {
            Self::Buffer(b) => b.as_entire_binding(),
            Self::Texture(t) => wgpu::BindingResource::TextureView(t),
        }
    }
}

fn bytes_of<'a>(values: impl IntoIterator<Item = &'a f32>) -> Vec<u8> {
    values.into_iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// wgpu's futures are ready at once on native targets.
fn ready<F: Future>(f: F) -> F::Output {
    let mut f = pin!(f);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = f.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::yield_now();
    }
}

impl Gpu {
    /// The first Vulkan device; why there is none otherwise.
    pub fn new() -> Result<Self, String> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::VULKAN;
        let instance = wgpu::Instance::new(descriptor);
        let adapter = ready(instance.request_adapter(&wgpu::RequestAdapterOptions::default()))
            .map_err(|e| format!("no Vulkan device: {e}"))?;
        let (device, queue) = ready(adapter.request_device(&wgpu::DeviceDescriptor {
            required_limits: adapter.limits(),
            ..Default::default()
        }))
        .map_err(|e| format!("the Vulkan device does not open: {e}"))?;
        let name = adapter.get_info().name;
        Ok(Self {
            device,
            queue,
            name,
        })
    }

    fn buffer(&self, bytes: &[u8], usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes.len().next_multiple_of(16).max(16) as u64,
            usage: usage | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.queue.write_buffer(&buffer, 0, bytes);
        buffer
    }

    /// A uniform block of one float after the other.
    #[allow(dead_code, reason = "one of the tests has uniforms")]
    pub fn uniforms(&self, values: &[f32]) -> Resource {
        Resource::Buffer(self.buffer(&bytes_of(values), wgpu::BufferUsages::UNIFORM))
    }

    /// A table of four floats a row.
    #[allow(dead_code, reason = "one of the tests has tables")]
    pub fn table(&self, rows: &[[f32; 4]]) -> Resource {
        Resource::Buffer(self.buffer(&bytes_of(rows.as_flattened()), wgpu::BufferUsages::STORAGE))
    }

    /// A texture of floats, of two dimensions where its depth is 1.
    #[allow(dead_code, reason = "one of the tests has textures")]
    pub fn texture(&self, size: [usize; 3], texels: &[[f32; 4]]) -> Resource {
        let [width, height, depth] = size.map(|s| s as u32);
        let extent = wgpu::Extent3d {
            width,
            height,
            depth_or_array_layers: depth,
        };
        let texture = self.device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: extent,
            mip_level_count: 1,
            sample_count: 1,
            dimension: if depth > 1 {
                wgpu::TextureDimension::D3
            } else {
                wgpu::TextureDimension::D2
            },
            format: wgpu::TextureFormat::Rgba32Float,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        self.queue.write_texture(
            texture.as_image_copy(),
            &bytes_of(texels.as_flattened()),
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(width * 16),
                rows_per_image: Some(height),
            },
            extent,
        );
        Resource::Texture(texture.create_view(&Default::default()))
    }

    /// The pixels through `function` of `code`, whose resources are bound in group 0.
    pub fn run(
        &self,
        code: &str,
        function: &str,
        resources: &[(u32, Resource)],
        pixels: &[[f32; 4]],
    ) -> Vec<[f32; 4]> {
        let source = format!(
            "{code}\n@group(1) @binding(0) var<storage, read_write> io: array<vec4<f32>>;\n\
             @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {{\n\
             if (id.x < arrayLength(&io)) {{ io[id.x] = {function}(io[id.x]); }}\n}}\n"
        );
        let module = self
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: None,
                source: wgpu::ShaderSource::Wgsl(source.into()),
            });
        let pipeline = self
            .device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: None,
                layout: None,
                module: &module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            });
        let bytes = bytes_of(pixels.as_flattened());
        let io = self.buffer(
            &bytes,
            wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
        );
        let back = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes.len() as u64,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let group = |index: u32, entries: &[wgpu::BindGroupEntry<'_>]| {
            self.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: &pipeline.get_bind_group_layout(index),
                entries,
            })
        };
        let own: Vec<wgpu::BindGroupEntry<'_>> = resources
            .iter()
            .map(|(binding, r)| wgpu::BindGroupEntry {
                binding: *binding,
                resource: r.binding(),
            })
            .collect();
        let own = (!own.is_empty()).then(|| group(0, &own));
        let target = group(
            1,
            &[wgpu::BindGroupEntry {
                binding: 0,
                resource: io.as_entire_binding(),
            }],
        );
        let mut encoder = self.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(&pipeline);
            if let Some(own) = &own {
                pass.set_bind_group(0, own, &[]);
            }
            pass.set_bind_group(1, &target, &[]);
            pass.dispatch_workgroups(pixels.len().div_ceil(64) as u32, 1, 1);
        }
        encoder.copy_buffer_to_buffer(&io, 0, &back, 0, bytes.len() as u64);
        self.queue.submit([encoder.finish()]);
        back.map_async(wgpu::MapMode::Read, .., |r| {
            r.expect("the result is mapped")
        });
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .expect("the device finishes");
        let view = back.get_mapped_range(..).expect("mapped");
        view.chunks_exact(16)
            .map(|p| {
                let at = |i: usize| {
                    f32::from_le_bytes(p[4 * i..4 * i + 4].try_into().expect("four bytes"))
                };
                [at(0), at(1), at(2), at(3)]
            })
            .collect()
    }
}
