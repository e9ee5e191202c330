use vfx_exr::*;
fn main(){ let f=std::env::args().nth(1).unwrap(); let out=std::env::args().nth(2).unwrap();
 let r=match Reader::open(std::fs::File::open(&f).unwrap(),&Limits::default()){Ok(r)=>r,Err(e)=>{println!("OPEN {e:?}");return}};
 for p in 0..r.headers().len(){ let h=&r.headers()[p]; let w=h.data_window;
  for (i,c) in h.channels.iter().enumerate(){ let g=w.sampled(c.sampling); let st=g.width as usize*c.sample_type.size();
   let mut b=vec![0u8;st*g.height as usize];
   match r.read(p,(0,0),w,&[i],&mut [PlaneMut{bytes:&mut b,stride:st}]){Ok(())=>{std::fs::write(format!("{out}.{p}.{}",c.name),&b).unwrap();println!("{p} {}",c.name)},Err(e)=>println!("{p} {} ERR {e:?}",c.name)} } } }
