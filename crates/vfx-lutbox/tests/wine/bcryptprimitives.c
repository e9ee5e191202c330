/* Wine 8 has no bcryptprimitives.dll, which Rust's standard library imports one function from.
   x86_64-w64-mingw32-gcc -shared -o bcryptprimitives.dll bcryptprimitives.c -ladvapi32 */
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T bytes) {
    return SystemFunction036(data, (ULONG)bytes);
}
