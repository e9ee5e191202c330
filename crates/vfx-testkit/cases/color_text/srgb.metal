static inline float4 vfx_color(float4 pixel)
{
    float t0 = pixel.x;
    float t1 = pixel.y;
    float t2 = pixel.z;
    float t3 = pixel.w;
    const float t4 = pow(t0, 0.41666666f);
    const float t5 = fma(t4, 1.055f, (-0.055f));
    const bool t6 = t0 <= 0.0030399347f;
    const float t7 = t0 * 12.92321f;
    const float t8 = t6 ? t7 : t5;
    const float t9 = pow(t1, 0.45454547f);
    const float t10 = fma(t9, 1.099f, (-0.099f));
    const bool t11 = t1 <= 0.019025395f;
    const float t12 = t1 * 4.3363094f;
    const float t13 = t11 ? t12 : t10;
    const float t14 = pow(t2, 0.41666666f);
    const float t15 = fma(t14, 1.055f, (-0.055f));
    const bool t16 = t2 <= 0.0030399347f;
    const float t17 = t2 * 12.92321f;
    const float t18 = t16 ? t17 : t15;
    return float4(t8, t13, t18, t3);
}
