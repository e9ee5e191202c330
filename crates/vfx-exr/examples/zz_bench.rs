//! x
use vfx_exr::*; 
fn level(src:&str,level:(u32,u32))->(Header,Vec<Vec<u8>>){ let r=Reader::open(std::fs::File::open(src).unwrap(),&Limits::default()).unwrap(); let h=r.headers()[0].clone(); let w=h.data_window;
 let mut pl:Vec<Vec<u8>>=h.channels.iter().map(|c|{let g=w.sampled(c.sampling);vec![0u8;(g.width*g.height) as usize*c.sample_type.size()]}).collect();
 let all:Vec<usize>=(0..h.channels.len()).collect();
 let mut out:Vec<PlaneMut>=pl.iter_mut().zip(&h.channels).map(|(p,c)|PlaneMut{bytes:p,stride:w.sampled(c.sampling).width as usize*c.sample_type.size()}).collect();
 r.read(0,level,w,&all,&mut out).unwrap(); drop(out); (h,pl)}
fn write(h:&Header,pl:&[Vec<u8>],dst:&str){ let mut w=Writer::create(std::fs::File::create(dst).unwrap(),vec![h.clone()]).unwrap(); let e=w.encoder(0).unwrap(); let win=h.data_window;
 for i in e.file_order(){ let p=e.chunk_region(i).unwrap(); let refs:Vec<PlaneRef>=e.header().channels.iter().zip(pl).map(|(c,b)|{let g=win.sampled(c.sampling);let q=p.region.sampled(c.sampling);let st=g.width as usize*c.sample_type.size();PlaneRef{bytes:b.get((q.y-g.y) as usize*st+(q.x-g.x) as usize*c.sample_type.size()..).unwrap_or(&[]),stride:st}}).collect();
  let k=e.encode(i,&refs).unwrap(); w.commit(k).unwrap(); } w.finish().unwrap(); }
fn main(){ let a:Vec<String>=std::env::args().collect(); 
 let (mut h,pl)=level(&a[2],(0,0)); let raw:usize=pl.iter().map(|p|p.len()).sum();
 let comp=Compression::from_code(a[4].parse().unwrap()).unwrap(); h.compression=comp; h.attributes.clear();
 h.tiles=None; h.part_type=None; if h.line_order==LineOrder::RandomY {h.line_order=LineOrder::IncreasingY;}
 if let Some(t)=a.get(5){ let t:u32=t.parse().unwrap(); if t>0 {h.tiles=Some(Tiles::new(t,t));} }
 if a[1]=="conv" { write(&h,&pl,&a[3]); return; }
 let n=7; let mut wt:Vec<f64>=vec![]; let mut rt:Vec<f64>=vec![];
 for _ in 0..n { let t=cpu(); write(&h,&pl,&a[3]); wt.push((cpu()-t)); }
 let w=h.data_window; let mut back:Vec<Vec<u8>>=pl.iter().map(|p|vec![1u8;p.len()]).collect(); let all:Vec<usize>=(0..pl.len()).collect();
 for _ in 0..n { let t=cpu(); let r=Reader::open(std::fs::File::open(&a[3]).unwrap(),&Limits::default()).unwrap();
  let mut out:Vec<PlaneMut>=back.iter_mut().zip(&h.channels).map(|(p,c)|PlaneMut{bytes:p,stride:w.sampled(c.sampling).width as usize*c.sample_type.size()}).collect();
  r.read(0,(0,0),w,&all,&mut out).unwrap(); rt.push((cpu()-t)); }
 assert!(back==pl || comp.is_lossy()); wt.sort_by(f64::total_cmp); rt.sort_by(f64::total_cmp);
 println!("{comp:?} tile {:?} write {:.0} read {:.0} MB/s size {:.4}",a.get(5),raw as f64/wt[0]/1e6,raw as f64/rt[0]/1e6,std::fs::metadata(&a[3]).unwrap().len() as f64/raw as f64);
}
fn cpu()->f64{ std::fs::read_to_string("/proc/thread-self/schedstat").unwrap().split(" ").next().unwrap().parse::<f64>().unwrap()*1e-9 }
