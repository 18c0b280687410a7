//! One secret for every place where one can be: they look random, have nothing in common, and hold what encodings change.

pub(super) const ACCESS: &str = "qZ3v/Kx81+Rt0pLm.Yw5-Ud7_Gh2~Nc9Bf4sEa6";
pub(super) const REFRESH: &str = "Hn8+Tc2/Vy5Wq0-Jd6.Ps4_Lk9~Xr1Mb7ZeGu3i";
pub(super) const CLIENT_SECRET: &str = "w7:Fz%2Qk&9=Lp ü0Vt+Rx4#Nj6/Dc8?Ym1@Sb5";
pub(super) const PASSWORD: &str = "Gp5 ö%Wd1+Zx&8=Kc3:Mt/7Rb?2Vn#9Hq@4Ls0Jf6";
pub(super) const LOGIN_PASSWORD: &str = "Tj2+Yb9 %Ex&6=Nw4:Qv/1Gk?7Da#3Pm@8Uc5ßFz0";
pub(super) const COOKIE: &str = "Ry6Lc1Qx9Wm3Vd7Kt2Zn8Hp4Js0Gb5FuEoTaXi";
pub(super) const PROVIDED: &str = "Mb3Xk8Gz5Tr0Yw9Jd1Vq6Pc2Nf7Hs4LuCoZeRi";
pub(super) const OTP: &str = "Vx4Nd9Jk2Tb7Ws5Gq";
pub(super) const APP_SECRET: &str = "Kd1/Wt6+Zb4=Hx9&Rv2 Np7%Qm5:Gc8Ys3JfLu0";
pub(super) const CODE: &str = "Sc7.Gq3-Zm9_Tx5~Vb1+Jw8/Np2Rk6Yd4HfLe0UiBo";
pub(super) const VERIFIER: &str = "Dw5~Xp2.Kb8-Rt6_Zq1Gn9Vc4Hs7Jm3Ly0FuTeWaIoPx";
pub(super) const STATE: &str = "Nf4kV9tQ2xZ7rJ5wB1mG8pY3cH6dLs0TuXeRa";
pub(super) const OTHER_STATE: &str = "Jt8Wq1Pz6Rn4Kx9Vb2Gm7Dc5Yh3Fs0LuEoZiTa";
pub(super) const TYPED: &str = "Bq2/Nx7+Wk5.Jz3-Vt8_Rd1~Gp6Ym9Hc4LsFu0TeXo";
pub(super) const RENEWED_ACCESS: &str = "Zk9+Pd4/Tq7.Wx2-Nb6_Gv1~Ry8Jc5Hm3LfSu0EiXa";
pub(super) const RENEWED_REFRESH: &str = "Yp6/Kw1+Vt9.Qb4-Xz2_Jn7~Dg5Rm8Cs3HfLu0TeOi";
pub(super) const LEGACY: &str = "Lx1+Rk8/Gd3.Zt6-Wp9_Vn4~Qy2Jb7Mc5HfSu0XeTa";
pub(super) const ISSUED: &str = "Xm7/Jq5+Nt2.Kd9-Vz4_Wb8~Gr1Yp6Hc3LsFu0EiRo";
pub(super) const IN_URL: &str = "Pv3Hk7Yt1Zd9Qx5Wn2Rb8Gj6Mc4LsFu0TeXiAo";
