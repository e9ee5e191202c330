//! Runs WGSL functions on pixels through Vulkan; a software driver is good enough.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use vfx_color::text::ShaderText;

pub struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pub name: String,
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

    /// The pixels through the function.
    pub fn run(&self, text: &ShaderText, pixels: &[[f32; 4]]) -> Vec<[f32; 4]> {
        let source = format!(
            "{}\n@group(1) @binding(0) var<storage, read_write> io: array<vec4<f32>>;\n\
             @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {{\n\
             if (id.x < arrayLength(&io)) {{ io[id.x] = {}(io[id.x]); }}\n}}\n",
            text.code, text.options.function
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
        let mut own = Vec::new();
        if !text.uniforms.is_empty() {
            let values: Vec<u8> = text
                .uniforms
                .iter()
                .flat_map(|u| u.value.to_le_bytes())
                .collect();
            own.push((0, self.buffer(&values, wgpu::BufferUsages::UNIFORM)));
        }
        for r in &text.resources {
            let rows: Vec<u8> = r
                .table
                .entries()
                .iter()
                .flatten()
                .flat_map(|v| v.to_le_bytes())
                .collect();
            own.push((r.binding, self.buffer(&rows, wgpu::BufferUsages::STORAGE)));
        }
        let bytes: Vec<u8> = pixels
            .iter()
            .flatten()
            .flat_map(|v| v.to_le_bytes())
            .collect();
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
        let tables: Vec<wgpu::BindGroupEntry<'_>> = own
            .iter()
            .map(|(binding, b)| wgpu::BindGroupEntry {
                binding: *binding,
                resource: b.as_entire_binding(),
            })
            .collect();
        let tables = (!tables.is_empty()).then(|| group(0, &tables));
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
            if let Some(tables) = &tables {
                pass.set_bind_group(0, tables, &[]);
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
