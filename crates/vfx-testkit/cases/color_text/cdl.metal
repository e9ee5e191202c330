static inline float4 vfx_color(float4 pixel)
{
    float t0 = pixel.x;
    float t1 = pixel.y;
    float t2 = pixel.z;
    float t3 = pixel.w;
    const float t4 = fma(t0, 1.1f, 0.02f);
    const float t5 = fmax(t4, 0.0f);
    const float t6 = fmin(t5, 1.0f);
    const float t7 = pow(t6, 0.9f);
    const float t8 = fma(t1, 0.9f, (-0.01f));
    const float t9 = fmax(t8, 0.0f);
    const float t10 = fmin(t9, 1.0f);
    const float t11 = pow(t10, 1.1f);
    const float t12 = t2 * 1.2f;
    const float t13 = fmax(t12, 0.0f);
    const float t14 = fmin(t13, 1.0f);
    const float t15 = pow(t14, 1.2f);
    const float t16 = t7 * 0.2126f;
    const float t17 = fma(t11, 0.7152f, t16);
    const float t18 = fma(t15, 0.0722f, t17);
    const float t19 = t7 - t18;
    const float t20 = fma(t19, 0.8f, t18);
    const float t21 = t11 - t18;
    const float t22 = fma(t21, 0.8f, t18);
    const float t23 = t15 - t18;
    const float t24 = fma(t23, 0.8f, t18);
    const float t25 = fmax(t20, 0.0f);
    const float t26 = fmin(t25, 1.0f);
    const float t27 = fmax(t22, 0.0f);
    const float t28 = fmin(t27, 1.0f);
    const float t29 = fmax(t24, 0.0f);
    const float t30 = fmin(t29, 1.0f);
    return float4(t26, t28, t30, t3);
}
