/** Whether a container engine answers on this machine. */
export const hasContainers = async (): Promise<boolean> => {
  try {
    const { getContainerRuntimeClient } = await import('testcontainers')
    await getContainerRuntimeClient()
    return true
  } catch {
    return false
  }
}
