(() => {
  "use strict"
  const maxReports = 20, tick = 500, patience = 5000, answered = 410
  const form = document.forms[0], link = document.links[0]
  const { token, response } = form.elements
  let frame = null, popup = null, gone = 0, ignored = 0, over = false
  let told = Promise.resolve() // of what was ignored, before the answer ends the login

  const show = state => { document.body.dataset.state = state }
  const end = reason => { over = true; popup?.close(); show(reason === answered ? "late" : "ended") }

  // tell fails where nobody waits for this page any more.
  const tell = fields => fetch(form.action, { method: "POST", body: new URLSearchParams({ token: token.value, ...fields }) })
    .then(answer => { if (!answer.ok) throw answer.status })

  // ours are the window and the frame that this page opened; the link's is known by its opener alone.
  const ours = source => {
    if (!source) return false
    if (source === popup || source === frame?.contentWindow) return true
    try { return source.opener === window } catch { return false }
  }

  // read returns the response of a message as a form, and nothing for any other message.
  const read = ({ origin, source, data }) => {
    if (origin !== link.origin || !ours(source) || data?.type !== "authorization_response") return ""
    if (typeof data.response !== "object" || !data.response) return ""
    const members = Object.entries(data.response).filter(([, value]) => value !== null && value !== undefined)
    return new URLSearchParams(members.map(([name, value]) =>
      [name, typeof value === "object" ? JSON.stringify(value) : String(value)])).toString()
  }

  const ignore = origin => {
    const note = document.querySelector("#ignored")
    note.querySelector("b").textContent = ++ignored
    note.querySelector("code").textContent = origin
    note.hidden = false
    if (ignored > maxReports) return
    told = told.then(() => tell({ message: origin }))
    told.catch(end)
  }

  const relay = () => {
    over = true
    show("sent")
    history.replaceState(token.value, "")
    form.submit()
  }

  addEventListener("message", event => {
    if (over || event.source === window) return // a browser's extensions talk to the page in its own name
    let answer = ""
    try { answer = read(event) } catch { /* no answer */ }
    if (!answer) return ignore(event.origin)
    response.value = answer
    over = true
    popup?.close()
    told.then(() => tell({})).then(relay, end) // the form would leave the page, also for a server that is gone
  })

  const open = () => {
    if (popup && !popup.closed) return popup.focus()
    popup = window.open(link.href, link.target, "popup,width=520,height=720")
    gone = 0
    if (!popup || popup.closed) {
      popup = null
      return show("blocked")
    }
    show("open")
    tell({}).catch(end)
  }

  // An answer may still be on its way when its window is gone, so it must be gone for a while.
  setInterval(() => {
    if (over || !popup) return
    gone = popup.closed ? gone + 1 : 0
    if (gone === 2) tell({}).then(() => { if (!over && gone) show("closed") }, end)
  }, tick)

  document.querySelector("button").addEventListener("click", open)
  link.addEventListener("click", () => show("open"))

  // Reloaded while the answer is being checked: the server has it under the token of the page before.
  const [navigation] = performance.getEntriesByType("navigation")
  if (typeof history.state === "string" && navigation?.type === "reload") {
    token.value = history.state
    return relay()
  }
  if (document.body.dataset.state === "frame") {
    const silent = () => { if (!over && document.body.dataset.state === "frame") show("silent") }
    document.addEventListener("securitypolicyviolation", silent)
    frame = document.createElement("iframe")
    frame.addEventListener("load", () => setTimeout(silent, patience))
    frame.hidden = true
    frame.src = link.href
    frame.sandbox = "allow-scripts allow-same-origin allow-forms"
    document.body.append(frame)
  }
})()
