static inline float4 vfx_color(float4 pixel)
{
    float t0 = pixel.x;
    float t1 = pixel.y;
    float t2 = pixel.z;
    float t3 = pixel.w;
    const float t4 = fma(t0, 5.5f, 0.05f);
    const float t5 = fmax(t4, 1.1754944e-38f);
    const float t6 = log2(t5);
    const float t7 = fma(t6, 0.0752575f, 0.39f);
    const float t8 = fma(t0, 5.6871896f, 0.08842543f);
    const bool t9 = t0 < 0.01f;
    const float t10 = t9 ? t8 : t7;
    const float t11 = fma(t1, 5.5f, 0.05f);
    const float t12 = fmax(t11, 1.1754944e-38f);
    const float t13 = log2(t12);
    const float t14 = fma(t13, 0.0752575f, 0.39f);
    const float t15 = fma(t1, 5.6871896f, 0.08842543f);
    const bool t16 = t1 < 0.01f;
    const float t17 = t16 ? t15 : t14;
    const float t18 = fma(t2, 5.5f, 0.05f);
    const float t19 = fmax(t18, 1.1754944e-38f);
    const float t20 = log2(t19);
    const float t21 = fma(t20, 0.0752575f, 0.39f);
    const float t22 = fma(t2, 5.6871896f, 0.08842543f);
    const bool t23 = t2 < 0.01f;
    const float t24 = t23 ? t22 : t21;
    return float4(t10, t17, t24, t3);
}
