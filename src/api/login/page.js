// Logs in, or makes the first administrator where the address carries the link of the log. The
// link stands behind the `#`, which no browser sends and no log of a proxy ever holds.

const field = (id) => document.getElementById(id);
const link = new URLSearchParams(location.hash.slice(1)).get("setup");

if (link) {
  field("setup").hidden = false;
  field("password").autocomplete = "new-password";
}

field("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  field("said").textContent = "";
  const said = { account: field("account").value.trim(), password: field("password").value };
  if (link) said.link = link;
  else if (field("code").value.trim()) said.code = field("code").value.trim();
  const answer = await send(link ? "/api/v1/setup" : "/api/v1/session", said);
  // Back to where they were going: a redirect keeps what stands behind the sign.
  if (answer.ok) location.replace(location.hash.startsWith("#/") ? `/${location.hash}` : "/");
  else refused(answer.problem);
});

async function send(path, body) {
  try {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    return { ok: answer.ok, problem: answer.ok ? null : await answer.json() };
  } catch {
    return { ok: false, problem: { code: "away", detail: "" } };
  }
}

const WORDS = {
  "login-failed": ["계정, 비밀번호 또는 코드가 맞지 않습니다.", "Account, password or code is wrong."],
  "code-wanted": ["인증 코드를 입력하십시오.", "The code of your authenticator is needed."],
  "second-factor-missing": [
    "사무실 망에서 먼저 2단계 인증을 등록하십시오.",
    "Set up a second factor at the office first.",
  ],
  "too-many-attempts": ["잠시 후 다시 시도하십시오.", "Wait a moment and try again."],
  "weak-password": ["비밀번호는 12자 이상이어야 합니다.", "A password has at least 12 characters."],
  "setup-over": ["이 링크는 더 이상 쓸 수 없습니다.", "This link is of no use any more."],
  away: ["서버에 연결할 수 없습니다.", "The service cannot be reached."],
};

function refused(problem) {
  if (problem.code === "code-wanted") {
    field("code-label").hidden = false;
    field("code").focus();
  }
  field("said").textContent = WORDS[problem.code]?.join(" · ") ?? problem.detail;
}
