struct vfx_Uniforms {
    float ec_before;
    float ec_power;
    float ec_after;
};
static inline float4 vfx_color(float4 pixel, constant vfx_Uniforms& vfx_uniforms)
{
    float t0 = pixel.x;
    float t1 = pixel.y;
    float t2 = pixel.z;
    float t3 = pixel.w;
    const float t4 = t0 * vfx_uniforms.ec_before;
    const float t5 = fmax(t4, 0.0f);
    const float t6 = pow(t5, vfx_uniforms.ec_power);
    const bool t7 = vfx_uniforms.ec_power == 1.0f;
    const float t8 = t7 ? t4 : t6;
    const float t9 = t8 * vfx_uniforms.ec_after;
    const float t10 = t1 * vfx_uniforms.ec_before;
    const float t11 = fmax(t10, 0.0f);
    const float t12 = pow(t11, vfx_uniforms.ec_power);
    const bool t13 = vfx_uniforms.ec_power == 1.0f;
    const float t14 = t13 ? t10 : t12;
    const float t15 = t14 * vfx_uniforms.ec_after;
    const float t16 = t2 * vfx_uniforms.ec_before;
    const float t17 = fmax(t16, 0.0f);
    const float t18 = pow(t17, vfx_uniforms.ec_power);
    const bool t19 = vfx_uniforms.ec_power == 1.0f;
    const float t20 = t19 ? t16 : t18;
    const float t21 = t20 * vfx_uniforms.ec_after;
    return float4(t9, t15, t21, t3);
}
