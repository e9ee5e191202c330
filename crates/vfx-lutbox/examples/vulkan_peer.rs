//! A box and a consumer in another process over Vulkan memory: PASS or FAIL for 33^3 and 64^3 during a thousand updates a second.
//!
//! Stands alone: needs the driver of a device, nothing else. Exit status 0 when all passed.

#[cfg(target_os = "linux")]
mod peer;

#[cfg(target_os = "linux")]
mod on_linux {
    use vfx_lutbox::LutBoxError;
    use vfx_lutbox::bus::{SlotInfo, VulkanReader};

    impl super::peer::Source for VulkanReader {
        fn read(&mut self, out: &mut Vec<[f32; 4]>) -> Result<SlotInfo, LutBoxError> {
            self.read(out)
        }
        fn device(&self) -> String {
            self.device().to_owned()
        }
    }

    pub fn run() -> Result<std::process::ExitCode, LutBoxError> {
        super::peer::run("vulkan", |socket| VulkanReader::open(socket, "A", None))
    }
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    on_linux::run().unwrap_or_else(|e| {
        println!("FAIL vulkan: {e}");
        std::process::ExitCode::FAILURE
    })
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("SKIPPED: the local bus exists on Linux only");
}
