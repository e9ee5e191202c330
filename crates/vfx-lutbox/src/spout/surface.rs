//! The shared texture: Direct3D 11, R32G32B32A32_FLOAT, one mip level, with a legacy share handle.
//!
//! The immediate context is no object for several threads: it is used under a lock, for the copy and the flush alone. The legacy
//! handle belongs to the texture and is not closed.
#![allow(unsafe_code, reason = "calls of Direct3D")]

use std::sync::{Arc, Mutex, PoisonError};

use windows::Win32::Foundation::HMODULE;
use windows::Win32::Graphics::Direct3D::{D3D_DRIVER_TYPE_UNKNOWN, D3D_FEATURE_LEVEL_11_0};
use windows::Win32::Graphics::Direct3D11::{
    D3D11_BIND_RENDER_TARGET, D3D11_BIND_SHADER_RESOURCE, D3D11_CPU_ACCESS_READ,
    D3D11_CREATE_DEVICE_BGRA_SUPPORT, D3D11_MAP_READ, D3D11_MAPPED_SUBRESOURCE,
    D3D11_RESOURCE_MISC_SHARED, D3D11_SDK_VERSION, D3D11_TEXTURE2D_DESC, D3D11_USAGE_DEFAULT,
    D3D11_USAGE_STAGING, D3D11CreateDevice, ID3D11Device, ID3D11DeviceContext, ID3D11Texture2D,
};
use windows::Win32::Graphics::Dxgi::Common::{DXGI_FORMAT_R32G32B32A32_FLOAT, DXGI_SAMPLE_DESC};
use windows::Win32::Graphics::Dxgi::{
    CreateDXGIFactory1, IDXGIAdapter1, IDXGIFactory1, IDXGIResource,
};
use windows::core::Interface;

use super::Options;
use crate::LutBoxError;

fn failed(call: &'static str) -> impl Fn(windows::core::Error) -> LutBoxError {
    move |e| LutBoxError::Gpu {
        call,
        code: format!("{:#010x} {}", e.code().0, e.message()),
    }
}

fn enumerate() -> Result<Vec<(String, IDXGIAdapter1)>, LutBoxError> {
    let mut out = Vec::new();
    // SAFETY: plain calls on objects that are alive.
    unsafe {
        let factory: IDXGIFactory1 = CreateDXGIFactory1().map_err(failed("CreateDXGIFactory1"))?;
        for i in 0.. {
            let Ok(adapter) = factory.EnumAdapters1(i) else {
                break;
            };
            let about = adapter.GetDesc1().map_err(failed("GetDesc1"))?;
            let name = &about.Description;
            let end = name.iter().position(|c| *c == 0).unwrap_or(name.len());
            out.push((String::from_utf16_lossy(&name[..end]), adapter));
        }
    }
    Ok(out)
}

/// Names of the adapters, in the order of their numbers.
///
/// # Errors
///
/// If DXGI is not there.
pub fn adapters() -> Result<Vec<String>, LutBoxError> {
    Ok(enumerate()?.into_iter().map(|a| a.0).collect())
}

/// A device and its context.
#[derive(Debug)]
pub(super) struct Graphics {
    device: ID3D11Device,
    context: Mutex<ID3D11DeviceContext>,
}

impl Graphics {
    /// Opens the adapter that the options mean.
    pub fn open(options: &Options) -> Result<Arc<Self>, LutBoxError> {
        let mut found = enumerate()?;
        let names: Vec<String> = found.iter().map(|a| a.0.clone()).collect();
        let Some(i) = options.choose(&names) else {
            let wanted = options.adapter.clone().unwrap_or_default();
            return Err(LutBoxError::Gpu {
                call: "adapter",
                code: format!("none for '{wanted}' among {names:?}"),
            });
        };
        let adapter = found.swap_remove(i).1;
        let (mut device, mut context) = (None, None);
        // SAFETY: the results are written to places that outlive the call.
        let made = unsafe {
            D3D11CreateDevice(
                &adapter,
                D3D_DRIVER_TYPE_UNKNOWN,
                HMODULE::default(),
                D3D11_CREATE_DEVICE_BGRA_SUPPORT,
                Some(&[D3D_FEATURE_LEVEL_11_0]),
                D3D11_SDK_VERSION,
                Some(&raw mut device),
                None,
                Some(&raw mut context),
            )
        };
        made.map_err(failed("D3D11CreateDevice"))?;
        match (device, context) {
            (Some(device), Some(context)) => Ok(Arc::new(Self {
                device,
                context: Mutex::new(context),
            })),
            _ => Err(LutBoxError::Gpu {
                call: "D3D11CreateDevice",
                code: "no device".into(),
            }),
        }
    }

    /// Why the device is gone, if it is.
    pub fn check(&self) -> Result<(), LutBoxError> {
        // SAFETY: the device is alive.
        unsafe { self.device.GetDeviceRemovedReason() }.map_err(failed("device removed"))
    }

    fn texture(&self, about: &D3D11_TEXTURE2D_DESC) -> Result<ID3D11Texture2D, LutBoxError> {
        let mut made = None;
        // SAFETY: the description and the result's place outlive the call.
        let call = unsafe {
            self.device
                .CreateTexture2D(about, None, Some(&raw mut made))
        };
        call.map_err(failed("CreateTexture2D"))?;
        made.ok_or_else(|| LutBoxError::Gpu {
            call: "CreateTexture2D",
            code: "no texture".into(),
        })
    }
}

fn description([width, height]: [u32; 2]) -> D3D11_TEXTURE2D_DESC {
    D3D11_TEXTURE2D_DESC {
        Width: width,
        Height: height,
        MipLevels: 1,
        ArraySize: 1,
        Format: DXGI_FORMAT_R32G32B32A32_FLOAT,
        SampleDesc: DXGI_SAMPLE_DESC {
            Count: 1,
            Quality: 0,
        },
        Usage: D3D11_USAGE_DEFAULT,
        BindFlags: (D3D11_BIND_RENDER_TARGET.0 | D3D11_BIND_SHADER_RESOURCE.0) as u32,
        CPUAccessFlags: 0,
        MiscFlags: D3D11_RESOURCE_MISC_SHARED.0 as u32,
    }
}

/// A texture that receivers open.
#[derive(Debug)]
pub(super) struct Texture {
    graphics: Arc<Graphics>,
    texture: ID3D11Texture2D,
    size: [u32; 2],
    share_handle: u32,
}

impl Texture {
    pub fn new(
        graphics: Arc<Graphics>,
        size: [u32; 2],
        without_handle: bool,
    ) -> Result<Self, LutBoxError> {
        let texture = graphics.texture(&description(size))?;
        let resource: IDXGIResource = texture.cast().map_err(failed("IDXGIResource"))?;
        // SAFETY: the resource is alive.
        let handle = unsafe { resource.GetSharedHandle() };
        let share_handle = match handle {
            // Legacy handles have 32 significant bits.
            Ok(h) => h.0 as usize as u32,
            Err(_) if without_handle => 0,
            Err(e) => return Err(failed("GetSharedHandle")(e)),
        };
        Ok(Self {
            graphics,
            texture,
            size,
            share_handle,
        })
    }

    pub fn share_handle(&self) -> u32 {
        self.share_handle
    }

    /// Whether it has this size and its device is still there.
    pub fn serves(&self, size: [u32; 2]) -> bool {
        self.size == size && self.graphics.check().is_ok()
    }

    /// Copies `texels`, row after row.
    pub fn upload(&self, texels: &[[f32; 4]]) -> Result<(), LutBoxError> {
        let [width, height] = self.size;
        assert_eq!(texels.len(), width as usize * height as usize);
        let context = self.graphics.context.lock();
        let context = context.unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the source has `height` rows of `width` texels; it is copied before the call returns.
        unsafe {
            context.UpdateSubresource(
                &self.texture,
                0,
                None,
                texels.as_ptr().cast(),
                width * 16,
                0,
            );
            context.Flush();
        }
        drop(context);
        self.graphics.check()
    }

    /// Copies the texture back.
    pub fn download(&self) -> Result<Vec<[f32; 4]>, LutBoxError> {
        let staging = self.graphics.texture(&D3D11_TEXTURE2D_DESC {
            Usage: D3D11_USAGE_STAGING,
            BindFlags: 0,
            CPUAccessFlags: D3D11_CPU_ACCESS_READ.0 as u32,
            MiscFlags: 0,
            ..description(self.size)
        })?;
        let [width, height] = self.size.map(|s| s as usize);
        let mut out = vec![[0.0; 4]; width * height];
        let context = self.graphics.context.lock();
        let context = context.unwrap_or_else(PoisonError::into_inner);
        let mut map = D3D11_MAPPED_SUBRESOURCE::default();
        // SAFETY: while mapped, each row has `width` texels at its pitch; any bits are a float.
        unsafe {
            context.CopyResource(&staging, &self.texture);
            let mapped = context.Map(&staging, 0, D3D11_MAP_READ, 0, Some(&raw mut map));
            mapped.map_err(failed("Map"))?;
            for (y, row) in out.chunks_exact_mut(width).enumerate() {
                let start = map.pData.cast::<u8>().add(y * map.RowPitch as usize);
                std::ptr::copy_nonoverlapping(start.cast(), row.as_mut_ptr(), width);
            }
            context.Unmap(&staging, 0);
        }
        Ok(out)
    }
}
