static inline float4 vfx_color(float4 pixel)
{
    float t0 = pixel.x;
    float t1 = pixel.y;
    float t2 = pixel.z;
    float t3 = pixel.w;
    const float t4 = fma(t0, 0.9f, 0.01f);
    const float t5 = fma(t1, 0.2f, t4);
    const float t6 = fma(t2, (-0.1f), t5);
    const float t7 = fma(t0, 0.05f, (-0.02f));
    const float t8 = fma(t1, 0.8f, t7);
    const float t9 = fma(t2, 0.15f, t8);
    const float t10 = t0 * 0.0f;
    const float t11 = fma(t1, 0.1f, t10);
    const float t12 = fma(t2, 0.9f, t11);
    return float4(t6, t9, t12, t3);
}
